
"use strict";
{
  const form = document.querySelector(".filters");
  const names = ["text", "rule", "schema", "level", "status"];
  let violations = [];

  // What a row is filtered by.
  function read(row) {
    const [level, object, violation, status] = row.cells;
    const summary = violation.querySelector("summary");
    return {
      row,
      level: level.textContent,
      schema: object.querySelector("bdi").textContent,
      rule: summary.querySelector("code").textContent,
      status: status.firstChild.textContent,
      text: `${object.textContent} ${summary.textContent}`.toLowerCase(),
    };
  }

  // The filters stand in the address, behind the #, so that what is seen can be linked to.
  function readAddress() {
    const query = new URLSearchParams(location.hash.slice(1));
    for (const name of names) {
      const control = form.elements[name];
      control.value = query.get(name) ?? "";
      if (control.selectedIndex === -1) control.selectedIndex = 0;
    }
  }

  // A select has an option for the empty schema, too, so the first option and not the empty value means all.
  function chosen(name) {
    const control = form.elements[name];
    return control.selectedIndex > 0 ? control.value : null;
  }

  function writeAddress() {
    const query = new URLSearchParams();
    for (const name of names) {
      const value = name === "text" ? form.elements.text.value : chosen(name);
      if (value) query.set(name, value);
    }
    history.replaceState(null, "", `#${query}`);
  }

  function filter() {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const conditions = [];
    for (const name of names.slice(1)) {
      const value = chosen(name);
      form.elements[name].classList.toggle("chosen", value !== null);
      if (value !== null) conditions.push([name, value]);
    }
    let count = 0;
    for (const violation of violations) {
      const isShown = conditions.every(([name, value]) => violation[name] === value)
        && words.every((word) => violation.text.includes(word));
      if (violation.row.hidden === isShown) violation.row.hidden = !isShown;
      if (isShown) count += 1;
    }
    form.querySelector("output b").textContent = count.toLocaleString("en");
    document.querySelector("table").hidden = count === 0;
    document.querySelector(".nothing").hidden = count !== 0;
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages that come by plain HTTP have no clipboard.
      const give = (event) => {
        event.clipboardData.setData("text/plain", text);
        event.preventDefault();
      };
      document.addEventListener("copy", give, { once: true });
      document.execCommand("copy");
      document.removeEventListener("copy", give);
    }
  }

  // A fix gets its button when it is first shown: thousands of buttons would slow the page down.
  function addButton(event) {
    const title = event.target.querySelector("h3:not(:has(button))");
    if (!title) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await copy(title.nextElementSibling.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    title.append(button);
  }

  function begin() {
    violations = Array.from(document.querySelector("tbody").rows, read);
    document.querySelector("table").addEventListener("toggle", addButton, true);
    for (const link of document.querySelectorAll("[data-query]")) link.setAttribute("href", `#${link.dataset.query}`);
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { filter(); writeAddress(); });
    form.addEventListener("reset", () => setTimeout(() => { filter(); writeAddress(); }));
    addEventListener("hashchange", () => { readAddress(); filter(); form.scrollIntoView(); });
    readAddress();
    filter();
  }

  if (form) begin();
}

"""A real browser, for pages that are looked at: headless Chromium over its DevTools protocol.

The protocol goes through two pipes, one JSON object each time with a zero byte behind it, so that neither a driver nor
a package stands in between (Selenium would bring fourteen).
"""

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
TIMEOUT = 60


class Browser:
    def __init__(self):
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise RuntimeError("there is no Chromium; pgrx-config/system-packages.sh --tests installs it")
        self.directory = tempfile.mkdtemp(prefix="pgg-browser-")
        commands, self.commands = os.pipe()
        self.events, events = os.pipe()
        # Chromium reads its file descriptor 3 and writes to 4. The shell gives them, as Python may need these numbers.
        script = f'exec "$@" 3<&{commands} 4>&{events}'
        home = {"HOME": self.directory, "XDG_CONFIG_HOME": self.directory, "XDG_CACHE_HOME": self.directory}
        self.process = subprocess.Popen(
            ["bash", "-c", script, "-", program, *FLAGS, f"--user-data-dir={self.directory}/profile", "about:blank"],
            pass_fds=(commands, events),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | home,
        )
        os.close(commands)
        os.close(events)
        self.numbers = itertools.count(1)
        self.buffer = b""
        self.sessions = {}

    def send(self, method, session=None, **parameters):
        """Calls a method of the protocol, and returns what it answers."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data) :]
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def receive(self, timeout=TIMEOUT):
        """The next message; what is no answer is also given to the page that it is for."""
        end = time.monotonic() + timeout
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.events], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser says nothing")
            data = os.read(self.events, 1 << 20)
            if not data:
                raise RuntimeError("the browser is gone")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(line)
        page = self.sessions.get(message.get("sessionId"))
        if page and "method" in message:
            page.events.append((message["method"], message["params"]))
        return message

    def close(self):
        with contextlib.suppress(Exception):
            self.send("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.events)
        shutil.rmtree(self.directory, ignore_errors=True)


class Page:
    """A tab with nothing in it. Everything that it does is an event."""

    def __init__(self, browser, theme="light", width=1280, height=900, script=True):
        self.browser = browser
        self.events = []
        # A context of its own has no history, no clipboard rights and no cache from another page.
        self.context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.sessions[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self.resize(width, height)
        self.emulate(theme)

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def resize(self, width, height):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def emulate(self, theme, media="screen"):
        self.send("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": theme}])

    def open(self, url):
        before = len(self.events)
        self.send("Page.navigate", url=url)
        while not any(method == "Page.loadEventFired" for method, _ in self.events[before:]):
            self.browser.receive()
        return self

    def run(self, expression):
        """The value of an expression of JavaScript, as after a click; a promise is waited for."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer["result"].get("value")

    def click(self, selector):
        """Clicks with the mouse, wherever the element is."""
        box = self.run(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, selector, text):
        """Types a text into a field."""
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self.send("Input.insertText", text=text)

    def choose(self, name, value):
        """Chooses an option as a person does, by its value."""
        self.run(f"""(() => {{
            const select = document.querySelector(`select[name={name}]`);
            select.value = {json.dumps(value)};
            if (select.selectedIndex < 0) throw new Error("there is no such option");
            select.dispatchEvent(new Event("input", {{bubbles: true}}));
        }})()""")

    def allow_clipboard(self):
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        self.browser.send("Browser.grantPermissions", permissions=permissions, browserContextId=self.context)

    def screenshot(self, path, whole=True):
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4000), "scale": 1}
        shot = self.send("Page.captureScreenshot", **({"clip": clip, "captureBeyondViewport": True} if whole else {}))
        path.write_bytes(base64.b64decode(shot["data"]))

    @property
    def requests(self):
        """Every address that was asked for."""
        return [it["request"]["url"] for method, it in self.events if method == "Network.requestWillBeSent"]

    @property
    def complaints(self):
        """What the console shows: errors, exceptions, violations of the Content-Security-Policy, dialogs."""
        self.run("0")
        kinds = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Audits.issueAdded")
        return [(method, it) for method, it in self.events if method in (*kinds, "Page.javascriptDialogOpening")]

    def close(self):
        self.browser.sessions.pop(self.session, None)
        self.browser.send("Target.disposeBrowserContext", browserContextId=self.context)

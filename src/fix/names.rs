//! The names that fixes give. They are free, they differ from each other, and they fit the patterns that the settings
//! have for names.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::facts::{AttrNumber, Column, Constraint, ConstraintKind, Index, Oid, QualifiedName, Relation};
use crate::rule::{Catalog, Context};
use crate::settings::Level;
use crate::settings::name_pattern::{NamePattern, Placeholders};
use crate::settings::name_patterns::{
    COLUMN_NAME_PATTERN, INDEX_NAME_PATTERN, TABLE_NAME_PATTERN, TYPE_NAME_PATTERN, pattern_of,
};
use crate::sql::{NameChooser, constraint_prefix, plain_name, quote_qualified};

/// Chooses names for the fixes of one statement or transaction, each only once.
pub struct Names<'a> {
    context: Context<'a>,
    /// The names of indexes, tables and types, by their schemas.
    of_schemas: RefCell<HashMap<String, NameChooser>>,
    /// The names within relations.
    of_relations: RefCell<HashMap<Oid, Within>>,
}

/// The names within a relation: those that it has and those that were chosen.
#[derive(Default)]
struct Within {
    columns: NameChooser,
    column_names: HashSet<String>,
    parts: NameChooser,
    part_names: HashSet<String>,
    /// The names that the relation itself and its columns will have.
    new_name: Option<String>,
    new_columns: BTreeMap<AttrNumber, String>,
    /// The names that its constraints and indexes will have.
    new_parts: BTreeMap<Oid, String>,
    /// The names of constraints that are new, by what they were to be called and what for.
    added_parts: BTreeMap<(String, String), String>,
    /// The constraints and indexes that will be dropped.
    dropped: BTreeSet<Oid>,
}

impl<'a> Names<'a> {
    /// Chooses names with these patterns and among the names that these catalogs have.
    pub fn new(context: Context<'a>) -> Self {
        Self { context, of_schemas: RefCell::default(), of_relations: RefCell::default() }
    }

    /// Takes note of the names within a relation, as it is or as it will be again.
    pub fn note(&self, relation: &Relation) {
        let mut of_relations = self.of_relations.borrow_mut();
        let within = of_relations.entry(relation.oid).or_default();
        within.column_names.extend(relation.columns.iter().map(|column| column.name.clone()));
        within.part_names.extend(relation.part_names().map(str::to_owned));
        if relation.has_children {
            within.part_names.extend(self.context.catalog.descendants_part_names(relation.oid));
        }
    }

    /// Takes note of a column that a relation will have, so that no other one is given its name.
    pub fn note_new_column(&self, relation: Oid, name: &str) {
        self.within(relation, |within| within.column_names.insert(name.to_owned()));
    }

    /// Takes note that a constraint or an index of a relation will be dropped.
    pub fn note_drop(&self, relation: &Relation, part: Oid) {
        self.within(relation.oid, |within| within.dropped.insert(part));
    }

    /// Whether a constraint or an index of a relation will be dropped.
    pub fn is_dropped(&self, relation: &Relation, part: Oid) -> bool {
        self.within(relation.oid, |within| within.dropped.contains(&part))
    }

    fn within<T>(&self, relation: Oid, work: impl FnOnce(&mut Within) -> T) -> T {
        work(self.of_relations.borrow_mut().entry(relation).or_default())
    }

    /// The name that a relation will have.
    pub fn future_name(&self, relation: &Relation) -> String {
        let new = self.within(relation.oid, |within| within.new_name.clone());
        new.unwrap_or_else(|| relation.name.name.clone())
    }

    /// The name that a column will have.
    pub fn future_column(&self, relation: &Relation, column: &Column) -> String {
        let new = self.within(relation.oid, |within| within.new_columns.get(&column.number).cloned());
        new.unwrap_or_else(|| column.name.clone())
    }

    /// Chooses a new name for a relation, as near as possible to the name that it has. The same one is given again.
    pub fn rename_relation(&self, relation: &Relation) -> String {
        if let Some(known) = self.within(relation.oid, |within| within.new_name.clone()) {
            return known;
        }
        let option = if relation.kind.is_table() { &TABLE_NAME_PATTERN } else { &TYPE_NAME_PATTERN };
        let rule = if relation.kind.is_table() { "misnamed_table" } else { "misnamed_type" };
        let plain = plain_name(&relation.name.name, "s", "t_");
        let fitting = self.fit(rule, self.context.option(option), &Placeholders::default(), &plain);
        let name = self.choose_in_schema(&relation.name.schema, &[&fitting], &|name| name == relation.name.name);
        self.within(relation.oid, |within| within.new_name = Some(name.clone()));
        name
    }

    /// Chooses a new name for a column, as near as possible to the name that it has. The same one is given again.
    pub fn rename_column(&self, relation: &Relation, column: &Column) -> String {
        if let Some(known) = self.within(relation.oid, |within| within.new_columns.get(&column.number).cloned()) {
            return known;
        }
        let table = self.future_name(relation);
        let placeholders = Placeholders { table: &table, ..Placeholders::default() };
        let plain = plain_name(&column.name, "_", "c_");
        let fitting = self.fit("misnamed_column", self.context.option(&COLUMN_NAME_PATTERN), &placeholders, &plain);
        let is_of_heir =
            |name: &str| relation.has_children && self.context.catalog.descendants_have_column(relation.oid, name);
        self.within(relation.oid, |within| {
            let Within { columns, column_names, new_columns, .. } = within;
            let name = columns.choose(&[&fitting], |name| column_names.contains(name) || is_of_heir(name));
            new_columns.insert(column.number, name.clone());
            name
        })
    }

    /// Chooses a name for a part of a relation; the same one is given again.
    fn choose_once(&self, relation: &Relation, part: Oid, choose: impl FnOnce() -> String) -> String {
        if let Some(known) = self.within(relation.oid, |within| within.new_parts.get(&part).cloned()) {
            return known;
        }
        let name = choose();
        self.within(relation.oid, |within| within.new_parts.insert(part, name.clone()));
        name
    }

    /// Chooses a new name for a constraint: that of its kind and its columns. The same one is given again.
    pub fn rename_constraint(&self, relation: &Relation, constraint: &Constraint) -> String {
        self.choose_once(relation, constraint.oid, || self.name_as(relation, constraint))
    }

    fn name_as(&self, relation: &Relation, constraint: &Constraint) -> String {
        let columns = self.future_columns(relation, &constraint.columns);
        let referenced = constraint.foreign_key.as_ref().and_then(|key| match key.referenced_table == relation.oid {
            true => Some(self.future_name(relation)),
            false => self.context.catalog.table_name(key.referenced_table).map(|name| name.name),
        });
        let words = match columns.as_slice() {
            // A name that PostgreSQL made up says nothing.
            [] if constraint.name_origin.is_made_up() => "expr".to_owned(),
            [] => plain_name(&constraint.name, "", ""),
            columns => columns.join("_"),
        };
        let wanted = self.fit_part(relation, constraint.kind, &columns, &referenced.unwrap_or_default(), &words);
        match wanted == constraint.name {
            true => wanted,
            false => self.choose_part(relation, &wanted, constraint.kind.has_index()),
        }
    }

    /// Chooses a name for a new constraint over these columns, with another word at its end.
    pub fn name_constraint(&self, relation: &Relation, kind: ConstraintKind, columns: &[String], word: &str) -> String {
        let words: Vec<&str> =
            columns.iter().map(String::as_str).chain([word]).filter(|word| !word.is_empty()).collect();
        let wanted = self.fit_part(relation, kind, columns, "", &words.join("_"));
        // A new primary key takes the place of the old one, and may have its name.
        let is_replaced = |key: &Constraint| kind == ConstraintKind::PrimaryKey && key.name == wanted;
        if relation.primary_key().is_some_and(is_replaced) {
            return wanted;
        }
        let purpose = (wanted.clone(), format!("{columns:?} {word}"));
        if let Some(known) = self.within(relation.oid, |within| within.added_parts.get(&purpose).cloned()) {
            return known;
        }
        let name = self.choose_part(relation, &wanted, kind.has_index());
        self.within(relation.oid, |within| within.added_parts.insert(purpose, name.clone()));
        name
    }

    /// The usual name of a constraint, or one in the shape of the pattern.
    fn fit_part(
        &self,
        relation: &Relation,
        kind: ConstraintKind,
        columns: &[String],
        ref_table: &str,
        words: &str,
    ) -> String {
        let table = self.future_name(relation);
        let named: Vec<Option<String>> = match columns {
            [] => vec![None],
            columns => columns.iter().cloned().map(Some).collect(),
        };
        let placeholders = Placeholders { table: &table, columns: &named, ref_table };
        let words = if kind == ConstraintKind::PrimaryKey { "" } else { words };
        let usual = [constraint_prefix(kind), &table, words];
        let usual = usual.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
        let pattern = pattern_of(kind, self.context.settings).filter(|_| self.is_in_force("misnamed_constraint"));
        let fitting = pattern.filter(|pattern| !pattern.fits(&usual, &placeholders));
        fitting.and_then(|pattern| pattern.suggest(&placeholders, words)).unwrap_or(usual)
    }

    /// Chooses a new name for an index. The same one is given again.
    pub fn rename_index(&self, relation: &Relation, index: &Index) -> String {
        let column = |number: &Option<AttrNumber>| {
            relation.column((*number)?).map(|column| self.future_column(relation, column))
        };
        let columns: Vec<Option<String>> = index.key.iter().map(column).collect();
        self.choose_once(relation, index.oid, || self.name_index_over(relation, &columns))
    }

    /// Chooses a name for a new index over these columns.
    pub fn name_index(&self, relation: &Relation, columns: &[AttrNumber]) -> String {
        let columns: Vec<_> = self.future_columns(relation, columns).into_iter().map(Some).collect();
        self.name_index_over(relation, &columns)
    }

    fn name_index_over(&self, relation: &Relation, columns: &[Option<String>]) -> String {
        let table = self.future_name(relation);
        let placeholders = Placeholders { table: &table, columns, ref_table: "" };
        let words: Vec<&str> = columns.iter().map(|name| name.as_deref().unwrap_or("expr")).collect();
        let usual = format!("ix_{table}_{}", words.join("_"));
        let pattern = self.context.option(&INDEX_NAME_PATTERN);
        let is_wanted = self.is_in_force("misnamed_index") && !pattern.fits(&usual, &placeholders);
        let fitting = is_wanted.then(|| pattern.suggest(&placeholders, &words.join("_"))).flatten();
        self.choose_part(relation, &fitting.unwrap_or(usual), true)
    }

    /// Chooses a name for a new type or sequence in a schema.
    pub fn name_type(&self, schema: &str, words: &[&str]) -> String {
        let plain = plain_name(&words.join("_"), "_", "t_");
        let pattern = self.context.option(&TYPE_NAME_PATTERN);
        let fitting = self.fit("misnamed_type", pattern, &Placeholders::default(), &plain);
        self.choose_in_schema(schema, &[&fitting], &|_| false)
    }

    fn future_columns(&self, relation: &Relation, numbers: &[AttrNumber]) -> Vec<String> {
        let columns = numbers.iter().filter_map(|number| relation.column(*number));
        columns.map(|column| self.future_column(relation, column)).collect()
    }

    /// Whether the rule about such names is in force.
    pub fn is_in_force(&self, rule: &str) -> bool {
        self.context.settings.level(rule) != Level::Off
    }

    /// A plain name in the shape of the pattern, if the rule about such names is in force.
    fn fit(&self, rule: &str, pattern: &NamePattern, placeholders: &Placeholders<'_>, plain: &str) -> String {
        let fitting = self.is_in_force(rule).then(|| pattern.suggest(placeholders, plain)).flatten();
        fitting.unwrap_or_else(|| plain.to_owned())
    }

    /// A name for a constraint or an index. That of an index must also be free in the schema.
    fn choose_part(&self, relation: &Relation, wanted: &str, is_index: bool) -> String {
        let schema = &relation.name.schema;
        let is_taken_within = |name: &str| {
            self.within(relation.oid, |within| within.part_names.contains(name) || within.parts.has_chosen(name))
        };
        if is_index {
            return self.choose_in_schema(schema, &[wanted], &is_taken_within);
        }
        let mut parts = self.within(relation.oid, |within| std::mem::take(&mut within.parts));
        let chosen = self.within(relation.oid, |within| {
            let of_schemas = self.of_schemas.borrow();
            let of_indexes = of_schemas.get(schema);
            let is_chosen = |name: &str| of_indexes.is_some_and(|names| names.has_chosen(name));
            parts.choose(&[wanted], |name| within.part_names.contains(name) || is_chosen(name))
        });
        self.within(relation.oid, |within| within.parts = parts);
        chosen
    }

    fn choose_in_schema(&self, schema: &str, words: &[&str], is_taken: &dyn Fn(&str) -> bool) -> String {
        let catalog: &dyn Catalog = self.context.catalog;
        let is_in_catalog = |name: &str| {
            let qualified = QualifiedName::new(schema, name);
            catalog.relation_exists(&qualified) || catalog.resolve_type(&quote_qualified(&qualified)).is_some()
        };
        let mut of_schemas = self.of_schemas.borrow_mut();
        let chooser = of_schemas.entry(schema.to_owned()).or_default();
        chooser.choose(words, |name| is_taken(name) || is_in_catalog(name))
    }
}

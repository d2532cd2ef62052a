//! Triggers and promotion criteria: of releases, and of `triggers/*.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value as Json;

use super::Reader;
use crate::{
    config::{
        check::schema_of,
        diagnostic::{Diagnostic, one_of},
        document::{Document, Node},
        form,
        schema::trigger::{PromotionTable, QueryTable, TriggerFile, TriggerTable, WhenValue},
    },
    domain::{
        checklist::Due,
        object::SourceName,
        time::Span,
        trigger::{
            Act, Condition, FEWEST_BAD, Trigger,
            criteria::Criteria,
            promotion::Criterion,
            query::{Events, Query},
        },
    },
};

/// The schema of a file of triggers.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<TriggerFile>);

/// What a release says of its triggers.
pub(super) struct Said<'a> {
    /// The file that it builds on.
    pub(super) name: Option<&'a str>,
    /// Its own.
    pub(super) triggers: &'a [TriggerTable],
    /// Its own criterion.
    pub(super) promotion: Option<&'a PromotionTable>,
}

impl Said<'_> {
    /// Whether it says nothing, so that the usual criteria hold.
    pub(super) const fn is_nothing(&self) -> bool {
        self.name.is_none() && self.triggers.is_empty() && self.promotion.is_none()
    }
}

impl Reader<'_> {
    /// `triggers/*.toml`, by name.
    pub(super) fn trigger_files(&mut self) -> BTreeMap<String, Criteria> {
        let mut found = BTreeMap::new();
        for file in self.read::<TriggerFile>("triggers", &SCHEMA) {
            let Some(content) = &file.content else { continue };
            let said = Said { name: None, triggers: &content.trigger, promotion: content.promotion.as_ref() };
            let criteria = self.criteria(&said, &BTreeMap::new(), &file.document, &file.root);
            found.insert(file.name.clone(), criteria);
        }
        found
    }

    /// The criteria of a release: the usual ones, those of the file that it builds on, and its own, each in the place of the one with its
    /// identifier.
    pub(super) fn criteria(
        &mut self,
        said: &Said<'_>,
        files: &BTreeMap<String, Criteria>,
        document: &Document,
        root: &Node,
    ) -> Criteria {
        let mut criteria = Criteria::default();
        if let Some(name) = said.name {
            match files.get(name) {
                Some(file) => criteria = file.clone(),
                None => self.no_such_file(name, files, document, root.get("triggers").unwrap_or(root)),
            }
        }
        let nodes = root.get("trigger").map_or(&[][..], Node::items);
        let mut seen = BTreeSet::new();
        for (table, node) in said.triggers.iter().zip(nodes) {
            if !seen.insert(table.id.as_str()) {
                let node = node.get("id").unwrap_or(node);
                let problem = format!("there are two triggers `{}`", table.id);
                self.report
                    .push(Diagnostic::error(document, node, problem).advise("rename one of them, or take one out"));
            }
            if table.act == Act::Advise && table.countdown.is_some() {
                let node = node.get("countdown").unwrap_or(node);
                let problem = "`countdown` means nothing here: advice is given at once";
                self.report.push(
                    Diagnostic::error(document, node, problem)
                        .advise("take it out, or write act = \"pause\" or act = \"abort\""),
                );
            }
            if let WhenValue::Query(query) = &table.when {
                self.query(query, document, node.get("when").and_then(|when| when.get("query")).unwrap_or(node));
            }
            criteria.put(trigger(table));
        }
        if let Some(promotion) = said.promotion {
            criteria.promotion = self.promotion(promotion, document, root.get("promotion").unwrap_or(root));
        }
        criteria
    }

    /// What only the whole tells of a query: whether its source exists, and whether its events are said as a whole.
    fn query(&mut self, table: &QueryTable, document: &Document, node: &Node) {
        if table.events.is_some() != table.at_least.is_some() {
            let problem = "`events` and `at_least` go together: what counts the events, and how many it takes";
            self.report.push(Diagnostic::error(document, node, problem).advise("write both, or leave both out"));
        }
        if let Some(source) = table.source.as_ref().filter(|source| !self.names.sources.contains(*source)) {
            let known = || self.names.sources.iter().map(String::as_str);
            let diagnostic = Diagnostic::error(
                document,
                node.get("source").unwrap_or(node),
                format!("no source is called `{source}`"),
            )
            .nearest(source, known())
            .expected(one_of(known()));
            self.report.push(diagnostic);
        }
    }

    fn promotion(&mut self, table: &PromotionTable, document: &Document, node: &Node) -> Criterion {
        let before = table.before.as_deref().and_then(|text| form::due(text).ok()).unwrap_or(Due::Traffic(100));
        if matches!(before, Due::Start | Due::RolledBack) {
            let problem = format!("nothing can comply before `{}`", table.before.as_deref().unwrap_or_default());
            let node = node.get("before").unwrap_or(node);
            self.report
                .push(Diagnostic::error(document, node, problem).expected("a share of traffic such as 50%, or done"));
        }
        Criterion::of(table.lasting, before)
    }

    fn no_such_file(&mut self, name: &str, files: &BTreeMap<String, Criteria>, document: &Document, node: &Node) {
        let known = files.keys().map(String::as_str);
        let mut diagnostic = Diagnostic::error(document, node, format!("there is no file triggers/{name}.toml"));
        if files.is_empty() {
            diagnostic = diagnostic.advise("write it, or leave `triggers` out: the usual triggers hold");
        } else {
            diagnostic = diagnostic.nearest(name, known.clone()).expected(one_of(known));
        }
        self.report.push(diagnostic);
    }
}

fn trigger(table: &TriggerTable) -> Trigger {
    let usual = Trigger::new(&table.id, condition(&table.when));
    Trigger {
        in_a_row: table.in_a_row.unwrap_or(usual.in_a_row),
        lasting: table.lasting.unwrap_or(Span::ZERO),
        act: table.act,
        countdown: table.countdown.unwrap_or(usual.countdown),
        ..usual
    }
}

fn condition(when: &WhenValue) -> Condition {
    match when {
        WhenValue::Canary => Condition::Canary,
        WhenValue::Health => Condition::Health,
        WhenValue::ErrorRate(table) => Condition::ErrorRate {
            over: table.over / 100.0,
            events: table.events.map_or(FEWEST_BAD, f64::from),
            slo: table.slo.clone(),
        },
        WhenValue::PageBurn(table) => Condition::Burn { times: table.times },
        WhenValue::Business(table) => Condition::Business { metric: table.metric.clone() },
        WhenValue::Latency(table) => Condition::Latency { over: table.over },
        WhenValue::Budget(table) => Condition::Budget { spent: table.spent / 100.0 },
        WhenValue::Alert(table) => Condition::Alert { labels: table.labels.clone().into_iter().collect() },
        WhenValue::Query(table) => Condition::Query(Query {
            expr: table.expr.clone(),
            over: table.over,
            source: table.source.as_deref().map(SourceName::from),
            events: table.events.clone().zip(table.at_least).map(|(expr, at_least)| Events { expr, at_least }),
        }),
    }
}

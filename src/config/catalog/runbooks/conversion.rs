//! From the tables of a file to a runbook. What they say was checked, or is reported beside this.

use std::collections::BTreeMap;

use crate::{
    config::{
        catalog::checklists::{check, requirement},
        schema::runbook::{
            KindWord, ParameterTable, RunbookFile, StepTable,
            action::{ActionTable, BodyTable, NotifyTable, RequestTable, SubresourceWord, TextOrSecret},
        },
    },
    domain::{
        catalog::ChangeClass,
        ledger::hash::Hash,
        runbook::{
            Each, Runbook, Step,
            action::{
                Action, Body, Command, Effect, Http, Kubernetes, Manual, Nested, Notify, Rollout, Value, WaitMetric,
            },
            parameter::{Kind, Parameter},
        },
        time::Span,
    },
};

/// How old a rehearsal may be where nothing is said.
const REHEARSE: Span = Span::from_days(30);

/// How long a program has to end by itself where nothing is said.
const GRACE: Span = Span::from_secs(10);

/// The runbook of a file, without the hash of its content. Steps that nest take as long as `nested` says.
pub(super) fn runbook(name: &str, content: &RunbookFile, nested: &BTreeMap<String, Runbook>) -> Runbook {
    let steps = |tables: &[StepTable]| tables.iter().map(|table| step(table, nested)).collect();
    let approvals = &content.approvals;
    let classes = [
        (ChangeClass::Standard, &approvals.standard),
        (ChangeClass::Normal, &approvals.normal),
        (ChangeClass::Emergency, &approvals.emergency),
    ];
    Runbook {
        name: name.to_owned(),
        title: content.title.clone().unwrap_or_else(|| name.to_owned()),
        purpose: content.purpose.clone(),
        services: content.services.clone(),
        environments: content.environments.clone(),
        owner: content.owner.clone(),
        reviewers: content.reviewers.clone(),
        budget: content.budget.unwrap_or_default(),
        rto: content.rto,
        rpo: content.rpo,
        risk: content.risk,
        rehearse: content.rehearse.unwrap_or(REHEARSE),
        parameters: content.parameter.iter().map(parameter).collect(),
        approvals: classes.iter().filter_map(|(class, one)| Some((*class, requirement(one.as_ref()?)))).collect(),
        before: steps(&content.before),
        keep: steps(&content.keep),
        steps: steps(&content.step),
        validation: steps(&content.validation),
        digest: Hash::NONE,
        commit: None,
    }
}

/// The parameter of a table.
pub(super) fn parameter(table: &ParameterTable) -> Parameter {
    let kind = match table.kind {
        KindWord::Text => Kind::Text,
        KindWord::Number => Kind::Number { min: table.min, max: table.max },
        KindWord::Choice => Kind::Choice(table.values.clone()),
        KindWord::Version => Kind::Version,
        KindWord::Duration => Kind::Duration,
        KindWord::Instant => Kind::Instant,
    };
    Parameter { name: table.name.clone(), title: table.title.clone(), kind, default: table.default.clone() }
}

fn step(table: &StepTable, nested: &BTreeMap<String, Runbook>) -> Step {
    let action = action(&table.action);
    let reads = action.effect() == Effect::Read;
    let timeout = table.timeout.unwrap_or_else(|| timeout(&action, nested));
    Step {
        id: table.id.clone(),
        title: table.title.clone().unwrap_or_else(|| table.id.clone()),
        each: table.each.as_ref().map(|each| Each { services: each.services.clone(), order: each.order }),
        undo: table.undo.as_ref().map(self::action),
        probe: table.probe.as_ref().map(check),
        idempotent: table.idempotent.unwrap_or_else(|| action.is_idempotent()),
        cancellable: table.cancellable.unwrap_or(reads || matches!(action, Action::Manual(_) | Action::Notify(_))),
        timeout,
        grace: table.grace.unwrap_or(GRACE),
        attempts: table.attempts.unwrap_or(1),
        failing: table.failing,
        action,
    }
}

fn timeout(action: &Action, nested: &BTreeMap<String, Runbook>) -> Span {
    match action {
        Action::Http(_) | Action::Notify(_) | Action::Check(_) => Span::from_secs(30),
        Action::Command(_) => Span::from_mins(1),
        Action::Kubernetes(_) => Span::from_mins(2),
        Action::Rollout(_) => Span::from_mins(5),
        Action::Runbook(one) => nested.get(&one.runbook).map_or(Span::ZERO, |other| other.budget),
        // Reported: it has to be said.
        Action::WaitMetric(_) | Action::Manual(_) => Span::ZERO,
    }
}

/// The action of a table.
pub(super) fn action(table: &ActionTable) -> Action {
    match table {
        ActionTable::Http(request) => Action::Http(http(request)),
        ActionTable::Kubernetes(patch) => Action::Kubernetes(Kubernetes {
            source: patch.source.as_deref().map(Into::into),
            kind: patch.kind.clone(),
            namespace: patch.namespace.clone(),
            name: patch.name.clone(),
            subresource: patch.subresource.map(SubresourceWord::word).map(str::to_owned),
            patch: patch.patch.clone(),
            until: patch.until.as_ref().map(|until| (until.field.clone(), until.must.clone())),
        }),
        ActionTable::Rollout(rollout) => {
            Action::Rollout(Rollout { service: rollout.service.clone(), verb: rollout.verb, to: rollout.to.clone() })
        }
        ActionTable::Command(program) => Action::Command(Command {
            argv: program.argv.clone(),
            pass: program.pass.clone(),
            environment: values(&program.environment),
            exit: program.exit.clone(),
            rehearsal: program.rehearsal.clone(),
        }),
        ActionTable::WaitMetric(wait) => Action::WaitMetric(WaitMetric {
            source: wait.source.as_deref().map(Into::into),
            query: wait.query.clone(),
            must: wait.must.clone(),
            hold: wait.hold.unwrap_or(Span::from_mins(2)),
            every: wait.every.unwrap_or(Span::from_secs(10)),
        }),
        ActionTable::Check(value) => Action::Check(check(value)),
        ActionTable::Manual(manual) => Action::Manual(Manual {
            instruction: manual.instruction.clone(),
            who: manual.who.clone(),
            evidence: manual.evidence,
        }),
        ActionTable::Notify(table) => Action::Notify(Notify { request: message(table), required: table.required }),
        ActionTable::Runbook(table) => {
            Action::Runbook(Nested { runbook: table.name.clone(), with: table.with.clone() })
        }
    }
}

fn http(table: &RequestTable) -> Http {
    Http {
        method: table.method.word().to_owned(),
        url: table.url.clone(),
        headers: values(&table.headers),
        body: table.body.as_ref().map(body),
        idempotency_header: table.idempotency_header.clone(),
        status: table.status.clone(),
        field: table.field.clone().zip(table.must.clone()),
        rehearsal_url: table.rehearsal_url.clone(),
    }
}

fn message(table: &NotifyTable) -> Http {
    Http {
        method: "POST".to_owned(),
        url: table.url.clone(),
        headers: values(&table.headers),
        body: table.body.as_ref().map(body),
        idempotency_header: None,
        status: Vec::new(),
        field: None,
        rehearsal_url: table.rehearsal_url.clone(),
    }
}

fn body(table: &BodyTable) -> Body {
    match table {
        BodyTable::Json(value) => Body::Json(value.clone()),
        BodyTable::Text(text) => Body::Text(text.clone()),
    }
}

fn values(table: &BTreeMap<String, TextOrSecret>) -> BTreeMap<String, Value> {
    let value = |value: &TextOrSecret| match value {
        TextOrSecret::Text(text) => Value::Text(text.clone()),
        TextOrSecret::Secret(secret) => Value::Secret(secret.clone()),
    };
    table.iter().map(|(name, one)| (name.clone(), value(one))).collect()
}

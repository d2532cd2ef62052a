//! What a plan is for: release, service, environment, and what follows from them.

use super::{Aim, Asked, Ground, Refused};
use crate::domain::{
    catalog::{ChangeClass, ReleaseFile},
    plan::Target,
    runbook::Runbook,
};

/// What `asked` is for.
///
/// # Errors
/// What of it does not exist, or does not fit the runbook.
pub(super) fn aim(runbook: &Runbook, asked: &Asked, ground: &Ground<'_>) -> Result<Aim, Refused> {
    let release = match &asked.release {
        None => None,
        Some(id) => Some(ground.release(Some(id)).ok_or_else(|| no_release(id, ground))?),
    };
    let environment = environment(asked, release, ground)?;
    let service = service(runbook, asked, release, &environment)?;
    if !ground.catalog.services.contains_key(&service) {
        let known = ground.catalog.services.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(Refused::Asked(format!("there is no service {service} in the catalog; there are: {known}")));
    }
    if !runbook.is_for(&service, &environment) {
        let list = |names: &[String]| if names.is_empty() { "any".to_owned() } else { names.join(", ") };
        return Err(Refused::Asked(format!(
            "the runbook {} is not for {service} in {environment}: its services are {}, its environments {}",
            runbook.name,
            list(&runbook.services),
            list(&runbook.environments)
        )));
    }
    let production = ground.catalog.environments.get(&environment).is_none_or(|known| known.production);
    Ok(Aim {
        target: Target {
            release: asked.release.clone(),
            production,
            services: vec![service.clone()],
            service,
            environment,
            from: None,
            to: None,
        },
        class: release.map_or(ChangeClass::Normal, |release| release.class),
        window: release.and_then(|release| release.window),
    })
}

fn no_release(id: &str, ground: &Ground<'_>) -> Refused {
    let known = ground.catalog.releases.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none" } else { known.as_str() };
    Refused::Asked(format!(
        "there is no release {id} in the catalog; there are: {known}. For one that is not declared, name service and environment"
    ))
}

fn environment(asked: &Asked, release: Option<&ReleaseFile>, ground: &Ground<'_>) -> Result<String, Refused> {
    let environment = match (&asked.environment, release) {
        (Some(asked), Some(release)) if *asked != release.environment => {
            return Err(Refused::Asked(format!("the release is for {}, not for {asked}", release.environment)));
        }
        (Some(asked), _) => asked,
        (None, Some(release)) => &release.environment,
        (None, None) => {
            return Err(Refused::Asked("say for what: a release, or a service and an environment".to_owned()));
        }
    };
    if ground.catalog.environments.contains_key(environment) {
        return Ok(environment.clone());
    }
    let known = ground.catalog.environments.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    Err(Refused::Asked(format!("there is no environment {environment} in the catalog; there are: {known}")))
}

/// The service that was asked for, or the only one of the release that the runbook is for. Where every step that changes
/// something is done for several services, the first one gives the plan its name.
fn service(
    runbook: &Runbook,
    asked: &Asked,
    release: Option<&ReleaseFile>,
    environment: &str,
) -> Result<String, Refused> {
    let Some(release) = release else {
        return asked
            .service
            .clone()
            .ok_or_else(|| Refused::Asked("say for what: a release, or a service and an environment".to_owned()));
    };
    let services = release.components.iter().map(|component| &component.service);
    if let Some(asked) = &asked.service {
        let known = services.clone().map(String::as_str).collect::<Vec<_>>().join(", ");
        if services.clone().any(|name| name == asked) {
            return Ok(asked.clone());
        }
        return Err(Refused::Asked(format!("{asked} is not part of the release; its services are: {known}")));
    }
    let fitting: Vec<&String> = services.filter(|name| runbook.is_for(name, environment)).collect();
    let several = runbook.steps.iter().any(|step| step.each.is_some());
    match fitting.as_slice() {
        [] => Err(Refused::Asked(format!("the runbook {} is for no service of this release", runbook.name))),
        [one] => Ok((*one).clone()),
        [first, ..] if several => Ok((*first).clone()),
        rest => {
            let names = rest.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
            Err(Refused::Asked(format!("the release has several services that it is for: name one of {names}")))
        }
    }
}

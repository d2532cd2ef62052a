//! From flags to settings and catalog, for every command that needs them.

use super::{Common, Exit, output};
use crate::{
    app::keymap::{Choice, Keymap},
    config::{
        self, Loaded, Options, Override,
        diagnostic::{Diagnostic, Report, Severity},
        document,
        settings::Keys,
    },
};

/// What loading depends on, from this process and the flags of `common`.
#[must_use]
pub fn options(common: &Common) -> Options {
    let flag = |name: &str, keys: &[&str], value: Option<&str>| value.map(|value| Override::value(name, keys, value));
    let overrides = [
        common.prometheus.as_deref().map(|url| Override::prometheus(url, common.alertmanager.is_none())),
        common.alertmanager.as_deref().map(Override::alertmanager),
        common.context.as_deref().map(Override::context),
        flag("--theme", &["look", "theme"], common.theme.as_deref()),
        flag("--ascii", &["look", "charset"], common.ascii.then_some("ascii")),
        flag("--low-bandwidth", &["look", "low_bandwidth"], common.low_bandwidth.then_some("true")),
        flag("--color", &["look", "colour"], common.color.and_then(super::Color::setting)),
        flag("--log-level", &["log", "level"], common.log_level.map(super::LogLevel::word)),
    ];
    Options::from_process(common.config.clone(), overrides.into_iter().flatten().collect())
}

/// Settings and catalog with the flags of `common`; what is wrong with them has been told when there are none.
///
/// # Errors
/// [`Exit::Usage`] when something is wrong.
pub fn load(common: &Common) -> Result<Loaded, Exit> {
    let mut loaded = everything(&options(common)).map_err(|report| {
        output::complain(&report.to_string());
        Exit::Usage
    })?;
    restrict(&mut loaded, &common.namespaces);
    Ok(loaded)
}

/// Settings and catalog, with keys that make sense.
///
/// # Errors
/// Everything that is wrong.
pub fn everything(options: &Options) -> Result<Loaded, Report> {
    let loaded = config::load(options)?;
    let Err(problems) = Keymap::chosen(chosen(&loaded.settings.keys)) else { return Ok(loaded) };
    let mut report = loaded.warnings.clone();
    for problem in problems {
        let key =
            problem.action.map_or_else(|| "keys.prefix".to_owned(), |name| document::joined("keys.actions", &name));
        let mut diagnostic = Diagnostic::new(Severity::Error, loaded.provenance.of(&key).origin, problem.problem);
        diagnostic.key = key;
        report.push(diagnostic.advise(problem.advice));
    }
    Err(report)
}

/// `--namespace` holds for every cluster.
pub fn restrict(loaded: &mut Loaded, namespaces: &[String]) {
    config::narrow(&mut loaded.settings, namespaces);
}

/// The choice of keys in the settings.
pub(super) fn chosen(keys: &Keys) -> Choice<'_> {
    Choice { prefix: &keys.prefix, actions: &keys.actions }
}

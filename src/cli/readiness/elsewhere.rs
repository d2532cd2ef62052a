//! Signing where the key is: flags of all commands that sign, and what they do.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{Room, preview, record};
use crate::{
    cli::{Common, Exit, output, refusal::Refusal},
    domain::{
        ledger::{signature::Meaning, signers::Signers},
        readiness::{act::Act, rules::Rules},
    },
    ledger::{
        actor,
        say::elsewhere::{Carried, Message, message},
    },
};

/// How many bytes are read of a file that is brought back. What warroom writes has a few thousand at most.
const LONGEST_FILE: u64 = 1 << 20;

/// Where the key is not on this machine.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::cli) struct Elsewhere {
    /// Sign nothing here: write the message that must be signed, and say how.
    #[arg(long, help_heading = "Signing elsewhere")]
    pub(in crate::cli) print: bool,
    /// Who signs it, by the name in `allowed_signers`; your login name when left out.
    #[arg(long = "as", value_name = "NAME", requires = "print", help_heading = "Signing elsewhere")]
    principal: Option<String>,
    /// The file to write the message to; standard output when left out.
    #[arg(
        long,
        short,
        value_name = "FILE",
        requires = "print",
        value_hint = clap::ValueHint::FilePath,
        help_heading = "Signing elsewhere"
    )]
    output: Option<PathBuf>,
    /// Record this message, which was signed elsewhere.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "print",
        value_hint = clap::ValueHint::FilePath,
        help_heading = "Signing elsewhere"
    )]
    pub(in crate::cli) apply: Option<PathBuf>,
    /// Its signature; FILE.sig when left out.
    #[arg(
        long,
        value_name = "FILE",
        requires = "apply",
        value_hint = clap::ValueHint::FilePath,
        help_heading = "Signing elsewhere"
    )]
    signature: Option<PathBuf>,
}

impl Elsewhere {
    /// Who is to sign: a name of `allowed_signers`.
    pub(in crate::cli) fn signer(&self, signers: &Signers) -> Result<String, Refusal> {
        if self.output.is_none() && io::stdout().is_terminal() {
            return Err(Refusal::usage(
                "standard output is a terminal, and the message must be signed byte for byte: add `--output statement.json`",
            ));
        }
        let principal = self.principal.clone().unwrap_or_else(|| actor::actor().user);
        if !signers.knows(&principal) {
            return Err(Refusal::no(format!(
                "allowed_signers has no key of {principal}: name who signs with `--as NAME`, or have the key added"
            )));
        }
        Ok(principal)
    }

    /// Writes the message, and says how it is signed and brought back.
    pub(in crate::cli) fn hand_over(
        &self,
        bytes: &[u8],
        (principal, role): (&str, &str),
        (meaning, within): (Meaning, &str),
        told: &str,
        command: &str,
    ) -> Result<Exit, Refusal> {
        let role = if role.is_empty() { String::new() } else { format!(", in the role {role}") };
        write(self.output.as_deref(), bytes)?;
        let file = self.output.as_deref().unwrap_or_else(|| Path::new("statement.json")).display().to_string();
        output::complain(&format!(
            "{told}Not signed yet. {principal} signs it{role} where the key is, with:\n  \
             ssh-keygen -Y sign -n {namespace} -f ~/.ssh/id_ed25519 {file}\n\
             and brings {file} and {file}.sig back {within}:\n  warroom {command} --apply {file}",
            namespace = meaning.namespace(),
        ));
        Ok(Exit::Ok)
    }

    /// The message at `path` and its signature, as they were brought back.
    pub(in crate::cli) fn brought_back(&self, path: &Path) -> Result<(Vec<u8>, String), Refusal> {
        let signature = self.signature.clone().unwrap_or_else(|| {
            let mut name = path.as_os_str().to_owned();
            name.push(".sig");
            PathBuf::from(name)
        });
        let read = |path: &Path| {
            let mut bytes = Vec::new();
            let read = fs::File::open(path).and_then(|file| file.take(LONGEST_FILE + 1).read_to_end(&mut bytes));
            read.map_err(|error| Refusal::usage(format!("{} cannot be read: {error}", path.display())))?;
            if u64::try_from(bytes.len()).is_ok_and(|length| length <= LONGEST_FILE) {
                Ok(bytes)
            } else {
                Err(Refusal::usage(format!("{} is no statement: it has more than 1 MiB", path.display())))
            }
        };
        Ok((read(path)?, String::from_utf8_lossy(&read(&signature)?).into_owned()))
    }
}

/// Writes the message for `act`, and says what it is and how it is signed.
pub(in crate::cli) fn print(
    act: &Act<'_>,
    room: &Room,
    rules: &Rules<'_>,
    how: &Elsewhere,
    command: &str,
) -> Result<Exit, Refusal> {
    let principal = &how.signer(rules.signers)?;
    let Message { meaning, bytes, role } = message(act, principal, rules, room.now)?;
    let told = preview::of(act, room, rules)?;
    how.hand_over(&bytes, (principal, &role), (meaning, "within 24 hours"), &format!("{told}\n"), command)
}

fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), Refusal> {
    let written = if let Some(path) = path {
        fs::write(path, bytes)
    } else {
        let mut to = io::stdout().lock();
        to.write_all(bytes).and_then(|()| to.flush())
    };
    written.map_err(|error| Refusal::usage(format!("the message was not written: {error}")))
}

/// Records a message that was signed elsewhere. It must mean `meaning`; a signed tick has that of a sign-off and is none.
pub(in crate::cli) fn apply(
    path: &Path,
    how: &Elsewhere,
    (meaning, tick): (Meaning, bool),
    common: &Common,
    json: bool,
) -> Result<Exit, Refusal> {
    let (bytes, signature) = how.brought_back(path)?;
    let carried = Carried::read(&bytes, signature)?;
    let statement = carried.statement()?;
    let room = Room::open(common)?;
    let rules = room.rules(statement.release)?;
    let act = carried.act(&rules)?;
    let is_tick = matches!(act, Act::Tick { .. });
    if statement.about.meaning() != meaning || is_tick != tick {
        let command = match statement.about.meaning() {
            Meaning::Waiver => "waive",
            Meaning::Decision => "decide",
            _ if is_tick => "checklist tick",
            _ => "sign",
        };
        return Err(Refusal::usage(format!("this message is recorded with `warroom {command} --apply`")));
    }
    output::complain(&preview::of(&act, &room, &rules)?);
    record::carried(&carried, &room, &rules, json)
}

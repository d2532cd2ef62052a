//! `warroom sources decode`.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    cli::{Exit, output},
    config::diagnostic::{nearest, one_of},
    domain::clean::clean,
    sources::{connector::Decoder, kinds},
};

/// Reads `files` together with the decoder of this name and prints a JSON array.
pub fn decode(
    name: &str,
    files: &[PathBuf],
    stdin: &mut dyn Read,
    out: &mut dyn Write,
    complaints: &mut dyn Write,
) -> Exit {
    let mut complain = |text: &str| {
        let _ = writeln!(complaints, "{}", clean(text));
    };
    let Some(decoder) = decoders().find(|decoder| decoder.name == name) else {
        complain(&unknown(name));
        return Exit::Usage;
    };
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        let bytes = match read(file, stdin) {
            Ok(bytes) => bytes,
            Err(error) => {
                complain(&format!("cannot read {}: {error}", file.display()));
                return Exit::Usage;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            complain(&format!("{}: not text in UTF-8", file.display()));
            return Exit::No;
        };
        texts.push(text);
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match (decoder.decode)(&texts) {
        Ok(objects) => {
            let _ = out.write_all(output::json(&Value::Array(objects)).as_bytes());
            Exit::Ok
        }
        Err(error) => {
            complain(&error.to_string());
            Exit::No
        }
    }
}

fn decoders() -> impl Iterator<Item = &'static Decoder> {
    kinds::all().iter().flat_map(|kind| kind.decoders)
}

fn unknown(name: &str) -> String {
    let names = || decoders().map(|decoder| decoder.name);
    let hint = nearest(name, names()).map_or_else(String::new, |nearest| format!(" Did you mean `{nearest}`?"));
    format!("nothing here decodes `{name}`: there is {}.{hint}", one_of(names()))
}

fn read(file: &Path, stdin: &mut dyn Read) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        stdin.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file)
}

//! The commit of a catalog that lies in a git repository, read from the repository's own files.
//!
//! No program is run: whoever may write the catalog could otherwise have a say in what it does. Files that are not as expected,
//! and references of a newer form, give no commit; the hash of the content is recorded in any case.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// The longest file of references that is read.
const MAX: u64 = 8 * 1024 * 1024;

/// The commit that is checked out where `directory` lies.
pub(super) fn of(directory: &Path) -> Option<String> {
    let directory = directory.canonicalize().ok()?;
    let git = directory.ancestors().map(|one| one.join(".git")).find(|git| git.exists())?;
    let git = if git.is_dir() { git } else { pointed(&git, "gitdir: ")? };
    let common = read(&git.join("commondir")).map_or_else(|| git.clone(), |relative| git.join(relative.trim()));
    let head = read(&git.join("HEAD"))?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return hash(&head) };
    // A reference is a path below the repository, and nothing else.
    if !reference.starts_with("refs/") || reference.split('/').any(|part| part.is_empty() || part == "..") {
        return None;
    }
    let loose = [&git, &common].into_iter().find_map(|root| hash(&read(&root.join(reference))?));
    loose.or_else(|| packed(&read(&common.join("packed-refs"))?, reference))
}

/// The path that a file such as `.git` of a worktree names.
fn pointed(file: &Path, prefix: &str) -> Option<PathBuf> {
    let text = read(file)?;
    Some(file.parent()?.join(text.strip_prefix(prefix)?.trim()))
}

fn read(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    file.take(MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

/// SHA-1 or SHA-256 in hexadecimal digits.
fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let good = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then(|| text.to_ascii_lowercase())
}

fn packed(text: &str, reference: &str) -> Option<String> {
    text.lines().find_map(|line| hash(line.strip_suffix(reference)?.strip_suffix(' ')?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn the_commit_is_found_loose_packed_detached_and_in_a_worktree() {
        let root = tempfile::tempdir().expect("a directory");
        let put = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("parent")).expect("directory");
            fs::write(path, text).expect("written");
        };
        put("catalog/checklists/a.toml", "");
        let catalog = root.path().join("catalog");
        put(".git/HEAD", "ref: refs/heads/main\n");
        assert_eq!(of(&catalog), None, "nothing was committed");
        put(".git/packed-refs", &format!("# pack-refs with: peeled\n{COMMIT} refs/heads/main\n"));
        assert_eq!(of(&catalog).as_deref(), Some(COMMIT));
        let newer = COMMIT.replace('0', "a");
        put(".git/refs/heads/main", &newer);
        assert_eq!(of(&catalog), Some(newer), "a loose reference is newer than a packed one");
        put(".git/HEAD", COMMIT);
        assert_eq!(of(&catalog).as_deref(), Some(COMMIT), "detached");
        put(".git/HEAD", "ref: refs/../../secret");
        assert_eq!(of(&catalog), None, "no path leads out of the repository");
        put("other/.git", "gitdir: ../.git/worktrees/other\n");
        put(".git/worktrees/other/HEAD", "ref: refs/heads/main");
        put(".git/worktrees/other/commondir", "../..\n");
        put("other/catalog/x", "");
        assert_eq!(of(&root.path().join("other/catalog")), Some(COMMIT.replace('0', "a")));
    }
}

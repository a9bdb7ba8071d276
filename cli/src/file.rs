//! Files of keys: read whole or not at all, and replaced in one step.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The longest file that is read: 64 RSA keys have a fifth of it.
const LONGEST: u64 = 1024 * 1024;

/// Reads a file of keys.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        let fix = match error.kind() {
            ErrorKind::NotFound => ": check its name, or make it with `unjwt keys new --file`",
            ErrorKind::PermissionDenied => ": run as the user who owns it",
            _ => "",
        };
        Failure::File(format!("{} cannot be read: {error}{fix}", path.display()))
    })?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > LONGEST) {
        return Err(Failure::File(format!(
            "{} has more than 1 MiB: it is not a file of keys",
            path.display()
        )));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::File(format!("{} is not text: it is not a file of keys", path.display())))
}

/// Returns the file's permissions, where the system has them.
pub(crate) fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// The treatment of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and nothing is written.
    Refuse,
    /// It is replaced by one that only its owner may read.
    Replace,
    /// It gets another content, and keeps its permissions.
    Change,
}

/// Writes a file of keys in one step: who reads it meanwhile reads the old one or the new one.
pub(crate) fn write(path: &Path, content: &str, existing: Existing) -> Result<(), Failure> {
    write_in_one_step(path, content, existing).map_err(|error| {
        Failure::File(match error.kind() {
            ErrorKind::AlreadyExists => format!(
                "{} exists, and its keys would be lost: add a key with `unjwt keys rotate`, or replace it with --force",
                path.display()
            ),
            ErrorKind::NotFound => {
                format!("{} cannot be written, since its folder is not there: make that first", path.display())
            }
            ErrorKind::PermissionDenied => format!(
                "{} cannot be written: {error}: run as its owner, who may write into its folder",
                path.display()
            ),
            _ => format!("{} cannot be written: {error}: name a file in a folder of yours", path.display()),
        })
    })
}

fn write_in_one_step(path: &Path, content: &str, existing: Existing) -> io::Result<()> {
    // The file that a link leads to is replaced, and not the link.
    let target = followed(path)?;
    let folder = folder_of(&target);
    // Only its owner may read it, from the beginning.
    let mut draft = tempfile::Builder::new().prefix(".unjwt-").tempfile_in(folder)?;
    draft.write_all(content.as_bytes())?;
    if existing != Existing::Refuse
        && let Ok(metadata) = fs::metadata(&target)
    {
        keep_owner(draft.as_file(), &metadata)?;
        if existing == Existing::Change {
            draft.as_file().set_permissions(metadata.permissions())?;
        }
    }
    draft.as_file().sync_all()?;
    if existing == Existing::Refuse {
        draft.persist_noclobber(&target).map_err(|error| error.error)?;
    } else {
        draft.persist(&target).map_err(|error| error.error)?;
    }
    // The name is on the disk once its folder is; not every file system can be asked for that.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A service reads its file as its own user, also where root has rotated its keys.
#[cfg(unix)]
fn keep_owner(draft: &File, of: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = draft.metadata()?;
    if (own.uid(), own.gid()) == (of.uid(), of.gid()) {
        return Ok(());
    }
    fchown(draft, Some(of.uid()), Some(of.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_draft: &File, _of: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// Returns the file that a path leads to, which need not exist.
fn followed(path: &Path) -> io::Result<PathBuf> {
    const MOST_LINKS: usize = 32;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            // It is no link, or there is nothing.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A lock against others that change a file at the same time, whose change would be lost.
///
/// It is one of the folder: the file itself is replaced.
#[derive(Debug)]
pub(crate) struct Lock(#[allow(dead_code, reason = "the lock ends with it")] Option<File>);

impl Lock {
    pub(crate) fn of(path: &Path) -> Self {
        let folder = followed(path).ok().and_then(|target| File::open(folder_of(&target)).ok());
        // Some file systems have no locks; there the last one wins.
        Self(folder.filter(|folder| folder.lock().is_ok()))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_its_owner_may_read_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        write(&file, "new", Existing::Refuse).unwrap();
        assert_eq!((read(&file).unwrap().as_str(), mode(&file)), ("new", Some(0o600)));
        let refused = write(&file, "other", Existing::Refuse).unwrap_err();
        assert!(refused.to_string().contains("exists"), "{refused}");
        assert_eq!(read(&file).unwrap(), "new");
        assert_eq!(names(folder.path()), ["keys.json"]);
    }

    #[test]
    fn a_change_keeps_the_permissions_and_a_replacement_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        write(&file, "changed", Existing::Change).unwrap();
        assert_eq!((read(&file).unwrap().as_str(), mode(&file)), ("changed", Some(0o640)));
        write(&file, "replaced", Existing::Replace).unwrap();
        assert_eq!((read(&file).unwrap().as_str(), mode(&file)), ("replaced", Some(0o600)));
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link, far) =
            (folder.path().join("real"), folder.path().join("link"), folder.path().join("far"));
        fs::create_dir(&real).unwrap();
        symlink("real/keys.json", &link).unwrap();
        symlink("link", &far).unwrap();
        // The first write makes what the link promises.
        write(&far, "one", Existing::Refuse).unwrap();
        write(&far, "two", Existing::Change).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(read(&real.join("keys.json")).unwrap(), "two");
        assert_eq!(names(&real), ["keys.json"]);
        symlink("circle", folder.path().join("circle")).unwrap();
        assert!(write(&folder.path().join("circle"), "", Existing::Change).is_err());
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("blocked");
        fs::create_dir(&blocked).unwrap();
        assert!(write(&blocked, "x", Existing::Change).is_err());
        assert_eq!(names(folder.path()), ["blocked"]);
        let missing = write(&folder.path().join("none/keys.json"), "x", Existing::Refuse).unwrap_err();
        assert!(missing.to_string().contains("its folder is not there"), "{missing}");
    }

    #[test]
    fn what_is_no_file_of_keys_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        fs::write(&file, vec![b' '; 1024 * 1024 + 1]).unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("more than 1 MiB"));
        fs::write(&file, [0xff, 0xfe]).unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("not text"));
        assert!(read(&folder.path().join("none")).unwrap_err().to_string().contains("keys new"));
        assert!(matches!(read(folder.path()), Err(Failure::File(_))));
    }
}

//! Grants on disk: a folder of mode 700 with one file of mode 600 per grant.
//!
//! A file is replaced as a whole (written beside, synced, renamed, folder synced), so that a crash at any
//! instant leaves the old grant or the new one. Writing takes the grant's lock, which other processes see.
//! The lock is a file of its own: the grant's file is another one after every rename.

use std::fs::{self, DirBuilder, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use crate::model::GrantId;

use super::grant_file::decode;
use super::grant_lock::GrantLock;
use super::private_file::{FileMark, open_private, read_private, refuse_exposed};
use super::seal::Sealed;
use super::{Error, StoredGrant, TokenKey};

/// The folder of the stored grants.
#[derive(Clone, Debug)]
pub struct TokenStore {
    folder: Arc<Path>,
    key: Option<TokenKey>,
}

impl TokenStore {
    /// Opens the folder `dir`, creating it if necessary. Refuses one that others can look into.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, Error> {
        let dir = dir.into();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(Error::file("create", &dir))?;
        let metadata = fs::metadata(&dir).map_err(Error::file("examine", &dir))?;
        refuse_exposed(&dir, &metadata, 0o700)?;
        Ok(Self {
            folder: dir.into(),
            key: None,
        })
    }

    /// Encrypts what it writes with `key`, if there is one. What was written without is read all the same.
    #[must_use]
    pub fn sealed_with(self, key: Option<TokenKey>) -> Self {
        Self { key, ..self }
    }

    /// Every stored grant, or what is wrong with its file: one bad file does not hide the others.
    pub fn list(&self) -> Result<Vec<Result<StoredGrant, Error>>, Error> {
        let doing = "list";
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(Error::file(doing, &*self.folder))? {
            let path = entry.map_err(Error::file(doing, &*self.folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths
            .iter()
            .filter_map(|path| self.read(path).transpose())
            .collect())
    }

    /// The grant `id`, if there is one.
    pub fn load(&self, id: &GrantId) -> Result<Option<StoredGrant>, Error> {
        self.read(&self.path(id, "json"))
    }

    /// Replaces the stored grant with `grant`, after waiting for `patience` at most for a process that is
    /// refreshing the same one.
    pub async fn save(&self, grant: &StoredGrant, patience: Duration) -> Result<(), Error> {
        let lock = self.lock(&grant.id, patience).await?;
        let grant = grant.clone();
        blocking(move || lock.save(&grant).map(drop)).await
    }

    /// Removes the stored grant, after waiting for `patience` at most for a process that is refreshing it. The empty
    /// file of its lock stays: somebody may be waiting for it.
    pub async fn remove(&self, id: &GrantId, patience: Duration) -> Result<(), Error> {
        let lock = self.lock(id, patience).await?;
        blocking(move || lock.remove()).await
    }

    /// Takes the lock of the grant `id`, which no other task or process has until the guard is dropped.
    ///
    /// It asks again and again rather than block a thread: a process that hangs while it holds the lock
    /// must not keep this one from stopping.
    pub(super) async fn lock(&self, id: &GrantId, patience: Duration) -> Result<GrantLock, Error> {
        let path = self.path(id, "lock");
        let file = open_private(OpenOptions::new().create(true).write(true), &path)
            .map_err(Error::file("open", &path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(Error::file("lock", path)(source)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= patience => {
                    return Err(Error::Busy {
                        path,
                        waited: patience,
                    });
                }
                Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(20)).await,
            }
        }
        Ok(GrantLock::taken(self.clone(), id.clone(), file))
    }

    /// What identifies the present content of the file of `id`; `None` if there is none.
    pub(super) fn mark(&self, id: &GrantId) -> Result<Option<FileMark>, Error> {
        let path = self.path(id, "json");
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(FileMark::of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("examine", path)(error)),
        }
    }

    fn read(&self, path: &Path) -> Result<Option<StoredGrant>, Error> {
        let Some(content) = read_private(path)? else {
            return Ok(None);
        };
        let corrupt = |reason| Error::CorruptTokenFile {
            path: path.to_owned(),
            reason,
        };
        let grant = decode(&self.opened(path, content)?).map_err(corrupt)?;
        if path.file_stem().is_none_or(|stem| stem != grant.id.as_str()) {
            return Err(corrupt(format!("it holds the grant {}", grant.id)));
        }
        Ok(Some(grant))
    }

    /// The content of the file at `path`, decrypted if need be.
    fn opened(&self, path: &Path, content: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let path = || path.to_owned();
        match (Sealed::parse(&content), &self.key) {
            (None, _) => Ok(content),
            (Some(_), None) => Err(Error::SealedTokenFile { path: path() }),
            (Some(sealed), Some(key)) => {
                let path = path();
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let opened = key.open(&name, &sealed);
                opened.ok_or_else(|| Error::WrongTokenKey { path: path.clone() })
            }
        }
    }

    /// Where the grants are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the files are encrypted with.
    pub(super) fn key(&self) -> Option<&TokenKey> {
        self.key.as_ref()
    }

    pub(super) fn path(&self, id: &GrantId, extension: &str) -> PathBuf {
        self.folder.join(format!("{id}.{extension}"))
    }
}

/// Runs work on the file system off the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(Error::Interrupted))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::Duration;

    use super::TokenStore;
    use crate::auth::grant::tests::grant;
    use crate::auth::{Error, TokenKey};

    const SHORT: Duration = Duration::from_millis(30);

    async fn store_with_a_grant(dir: &Path) -> TokenStore {
        let store = TokenStore::open(dir.join("credentials")).unwrap();
        store.save(&grant(), SHORT).await.unwrap();
        store
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_grant_is_kept_in_a_private_file_of_a_private_folder() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        assert_eq!(mode(&store.folder), 0o700);
        for entry in fs::read_dir(&store.folder).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
        assert_eq!(store.load(&grant().id).unwrap(), Some(grant()));
        assert_eq!(
            store
                .list()
                .unwrap()
                .into_iter()
                .map(Result::unwrap)
                .collect::<Vec<_>>(),
            [grant()]
        );
    }

    #[tokio::test]
    async fn what_others_can_read_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        let file = store.path(&grant().id, "json");
        chmod(&file, 0o640);
        let error = store.load(&grant().id).unwrap_err();
        assert!(
            matches!(error, Error::ExposedTokenFile { mode: 0o640, .. }),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .ends_with("can be read by others (mode 640); 600 is needed"),
            "{error}"
        );
        assert_eq!(mode(&file), 0o640);

        chmod(&store.folder, 0o755);
        let error = TokenStore::open(&*store.folder).unwrap_err();
        assert!(
            error.to_string().ends_with("(mode 755); 700 is needed"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_corrupt_file_is_named_kept_and_hides_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        let bad = store.folder.join("bad.json");
        fs::write(&bad, b"{").unwrap();
        chmod(&bad, 0o600);
        let listed = store.list().unwrap();
        assert!(matches!(&listed[..], [Ok(_), Err(Error::CorruptTokenFile { path, .. })] if *path == bad));
        assert_eq!(fs::read(&bad).unwrap(), b"{");
    }

    #[tokio::test]
    async fn a_file_under_the_name_of_another_grant_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        fs::rename(store.path(&grant().id, "json"), store.folder.join("other.json")).unwrap();
        assert!(matches!(
            &store.list().unwrap()[..],
            [Err(Error::CorruptTokenFile { .. })]
        ));
    }

    #[tokio::test]
    async fn what_an_interrupted_write_left_is_overwritten_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        let beside = store.path(&grant().id, "new");
        fs::write(&beside, b"{\"half\":").unwrap();
        assert_eq!(store.list().unwrap().len(), 1);
        store.save(&grant(), SHORT).await.unwrap();
        assert!(!beside.exists());
    }

    #[tokio::test]
    async fn a_grant_is_encrypted_from_its_next_write_on_and_a_wrong_key_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let plain = store_with_a_grant(dir.path()).await;
        let keyed = |digit: &str| {
            plain
                .clone()
                .sealed_with(TokenKey::parse(&digit.repeat(64).into()).ok())
        };
        assert_eq!(
            keyed("a").load(&grant().id).unwrap(),
            Some(grant()),
            "not encrypted yet"
        );
        keyed("a").save(&grant(), SHORT).await.unwrap();
        let file = plain.path(&grant().id, "json");
        let content = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&content).into_owned();
        for clear in ["refresh-1", "access-1", "Alice"] {
            assert!(!text.contains(clear), "{clear} is readable");
        }
        assert_eq!(keyed("a").list().unwrap().len(), 1);
        assert_eq!(keyed("a").load(&grant().id).unwrap(), Some(grant()));
        let wrong = keyed("b").load(&grant().id).unwrap_err();
        assert!(matches!(wrong, Error::WrongTokenKey { .. }), "{wrong}");
        let none = plain.load(&grant().id).unwrap_err();
        assert!(matches!(none, Error::SealedTokenFile { .. }), "{none}");
        assert_eq!(fs::read(&file).unwrap(), content);
    }

    #[tokio::test]
    async fn a_removed_grant_is_gone_with_what_an_interrupted_write_left() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        fs::write(store.path(&grant().id, "new"), b"{").unwrap();
        store.remove(&grant().id, SHORT).await.unwrap();
        store.remove(&grant().id, SHORT).await.unwrap();
        assert_eq!(store.load(&grant().id).unwrap(), None);
        assert!(!store.path(&grant().id, "new").exists());
    }

    #[tokio::test]
    async fn a_lock_has_one_owner_and_waiting_for_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        let lock = store.lock(&grant().id, SHORT).await.unwrap();
        let error = store.lock(&grant().id, SHORT).await.unwrap_err();
        assert!(matches!(error, Error::Busy { .. }) && error.is_transient());
        drop(lock);
        store.lock(&grant().id, SHORT).await.unwrap();
    }

    #[tokio::test]
    async fn every_write_changes_the_mark_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_with_a_grant(dir.path()).await;
        let before = store.mark(&grant().id).unwrap();
        let lock = store.lock(&grant().id, SHORT).await.unwrap();
        let written = lock.save(&grant()).unwrap();
        assert_eq!(store.mark(&grant().id).unwrap(), Some(written));
        assert_ne!(before, Some(written));
    }
}

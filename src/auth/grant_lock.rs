//! The right to write a grant's file, and how it is replaced.

use std::fs::{self, File};
use std::io;

use crate::model::GrantId;

use super::grant_file::encode;
use super::private_file::{FileMark, write_beside};
use super::{Error, StoredGrant, TokenStore};

/// The right to write one grant, released when dropped.
#[derive(Debug)]
pub(super) struct GrantLock {
    store: TokenStore,
    id: GrantId,
    _file: File,
}

impl GrantLock {
    /// `file` is the lock of the grant `id`, and locked.
    pub(super) fn taken(store: TokenStore, id: GrantId, file: File) -> Self {
        Self {
            store,
            id,
            _file: file,
        }
    }

    /// The grant as whoever had the lock before left it.
    pub(super) fn load(&self) -> Result<Option<StoredGrant>, Error> {
        self.store.load(&self.id)
    }

    /// Removes what is stored of the grant.
    pub(super) fn remove(&self) -> Result<(), Error> {
        for extension in ["json", "new"] {
            let path = self.store.path(&self.id, extension);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::file("remove", path)(error));
                }
                _ => {}
            }
        }
        let folder = self.store.folder();
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(Error::file("remove a file from", folder))
    }

    /// Replaces the file of the grant. When this returns, the grant survives a power failure.
    pub(super) fn save(&self, grant: &StoredGrant) -> Result<FileMark, Error> {
        let path = self.store.path(&self.id, "json");
        let beside = self.store.path(&self.id, "new");
        let mut content = encode(grant)
            .map_err(io::Error::from)
            .map_err(Error::file("write", &path))?;
        if let Some(key) = self.store.key() {
            let sealed = key.seal(self.id.as_str(), &content);
            content = sealed
                .ok_or_else(|| io::Error::other("it cannot be encrypted"))
                .map_err(Error::file("write", &path))?;
        }
        write_beside(&beside, &content)
            .and_then(|mark| {
                fs::rename(&beside, &path)?;
                // Without this the rename itself could be lost, and with it the only valid token.
                File::open(self.store.folder())?.sync_all()?;
                Ok(mark)
            })
            .map_err(Error::file("write", &path))
    }
}

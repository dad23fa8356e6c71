//! The files of attachments: what is wanted is downloaded, checked, and only then referred to.
//!
//! A file that does not come is a finding, and tried again by every run; a disk that takes no more ends the run.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use tracing::debug;

use crate::confluence::{self, ErrorKind, FileQuery, Pieces};
use crate::model::{AnnexKind, Finding, FindingKind};
use crate::store::{NewBlob, WantedFile};

use super::{Error, Mirror, Run, Source};

/// How many wanted files are looked up at once.
const LOOKED_UP: usize = 100;
/// Downloads under way at once, if requests may be: a small file is two answers that are waited for, and little else.
const AT_ONCE: usize = 4;

/// Which files to download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The largest file, in bytes.
    pub max_size: u64,
    /// Media types to download, such as `image/*`; empty for all.
    pub include: Vec<String>,
    /// Media types to leave out, even if included.
    pub exclude: Vec<String>,
}

impl Files {
    /// Whether a file of this media type is downloaded.
    pub fn covers(&self, media_type: &str) -> bool {
        // What follows the type are its parameters, such as a character set.
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let matches = |patterns: &[String]| {
            patterns
                .iter()
                .any(|pattern| super::plan::matches(pattern, media_type))
        };
        (self.include.is_empty() || matches(&self.include)) && !matches(&self.exclude)
    }
}

/// Why a file is not there.
enum Missing {
    /// It did not come, or not as it should: the next run tries again.
    Finding(String),
    /// Nothing will come of the rest either.
    Fatal(Error),
}

impl<S: Source> Run<'_, S> {
    /// Downloads what is wanted and not there, or there in an older version only.
    pub(super) async fn fetch_files(&mut self, files: &Files) -> Result<(), Error> {
        let mirror = self.mirror;
        let mut missing = BTreeSet::new();
        let mut after = 0;
        let at_once = AT_ONCE.min(mirror.source.concurrency());
        loop {
            let cloud_id = &mirror.site.cloud_id;
            let wanted = mirror
                .store
                .wanted_files(cloud_id, files.max_size, after, LOOKED_UP)
                .await?;
            let Some(last) = wanted.last() else { break };
            after = last.row;
            let covered = wanted.into_iter().filter(|file| files.covers(&file.media_type));
            let downloads: Vec<_> = covered.map(|file| fetch(mirror, file)).collect();
            let mut downloads = stream::iter(downloads).buffer_unordered(at_once);
            while let Some((file, came)) = downloads.next().await {
                missing.extend(self.keep_file(&file, came).await?);
            }
        }
        self.settle_files(&missing).await
    }

    /// Closes the findings about files that came, or that are not wanted any more: the attachment is gone, or what it
    /// hangs on.
    async fn settle_files(&self, missing: &BTreeSet<String>) -> Result<(), Error> {
        let is_settled = |finding: &Finding| {
            finding.kind == FindingKind::FileMissing && !missing.contains(&finding.subject)
        };
        self.close_findings(is_settled).await
    }

    /// Notes that a file is there, by its digest. Returns the subject of the finding if it did not come.
    async fn keep_file(
        &mut self,
        file: &WantedFile,
        came: Result<String, Missing>,
    ) -> Result<Option<String>, Error> {
        let mirror = self.mirror;
        match came {
            Ok(sha256) => {
                let at = mirror.clock.now();
                mirror.store.keep_file(file.clone(), sha256, at).await?;
                Ok(None)
            }
            Err(Missing::Finding(detail)) => {
                debug!(attachment = %file.id, "{detail}");
                let subject = AnnexKind::Attachment.subject(&file.id);
                let finding = Finding {
                    kind: FindingKind::FileMissing,
                    subject: subject.clone(),
                    content: None,
                    space: None,
                    detail,
                };
                self.record_findings(vec![finding]).await?;
                Ok(Some(subject))
            }
            Err(Missing::Fatal(error)) => Err(error),
        }
    }
}

/// Downloads a file, and returns with it its digest or why there is none.
async fn fetch<S: Source>(mirror: &Mirror<S>, file: WantedFile) -> (WantedFile, Result<String, Missing>) {
    let came = download(mirror, &file).await;
    (file, came)
}

async fn download<S: Source>(mirror: &Mirror<S>, file: &WantedFile) -> Result<String, Missing> {
    let query = FileQuery {
        page: file.page.clone(),
        attachment: file.id.clone(),
        version: file.version,
    };
    let unkept = |source| {
        Missing::Fatal(Error::File {
            attachment: file.id.clone(),
            page: file.page.clone(),
            source,
        })
    };
    let mut pieces = mirror.source.file(query);
    let mut blob = mirror.store.blobs().begin().await.map_err(unkept)?;
    while let Some(piece) = pieces.next().await.map_err(missing)? {
        blob.write(&piece).await.map_err(unkept)?;
        if blob.size() > file.size {
            break;
        }
    }
    check_size(&blob, file)?;
    blob.finish().await.map_err(unkept)
}

fn check_size(blob: &NewBlob, file: &WantedFile) -> Result<(), Missing> {
    let (came, size) = (blob.size(), file.size);
    match came.cmp(&size) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(Missing::Finding(format!("{came} bytes came instead of {size}"))),
        std::cmp::Ordering::Greater => Err(Missing::Finding(format!("more than its {size} bytes came"))),
    }
}

/// What asks to wait, for a consent or for a scope concerns every file; anything else this one.
fn missing(error: confluence::Error) -> Missing {
    match error.kind {
        ErrorKind::RateLimited { .. }
        | ErrorKind::PointsSpent { .. }
        | ErrorKind::Auth(_)
        | ErrorKind::Unauthorized
        | ErrorKind::ScopeMismatch { .. } => Missing::Fatal(error.into()),
        _ => Missing::Finding(format!("the file did not come: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_patterns() {
        let owned = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect();
        for (include, exclude, media_type, expected) in [
            (&[][..], &[][..], "video/mp4", true),
            (&[], &["video/*"], "video/mp4", false),
            (&["image/*", "application/pdf"], &[], "image/png", true),
            (&["image/*"], &["image/gif"], "image/gif", false),
            (&["text/plain"], &[], "Text/Plain; charset=utf-8", true),
            (&["image/*"], &[], "", false),
        ] {
            let files = Files {
                max_size: 1,
                include: owned(include),
                exclude: owned(exclude),
            };
            assert_eq!(
                files.covers(media_type),
                expected,
                "{include:?} {exclude:?} {media_type}"
            );
        }
    }
}

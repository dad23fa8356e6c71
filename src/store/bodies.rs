//! SQL: bodies as the site sent them, compressed.

use std::io::Read;

use rusqlite::types::Type;
use rusqlite::{Row, Transaction};
use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;
use zstd::stream::read::Decoder;

use crate::model::Body;

use super::columns::integer;

/// Beyond 3, Zstandard takes much longer for little on texts of this size.
const LEVEL: i32 = 3;

/// Compresses bodies; one serves a whole batch, as making one costs more than compressing a page.
pub(super) struct Press(Compressor<'static>);

impl Press {
    pub(super) fn new() -> rusqlite::Result<Self> {
        Compressor::new(LEVEL).map(Self).map_err(conversion)
    }

    pub(super) fn pack(&mut self, body: &Body) -> rusqlite::Result<Packed> {
        let text = body.as_str();
        Ok(Packed {
            format: format(body),
            sha256: Sha256::digest(text).into(),
            size: text.len(),
            zstd: self.compress(text)?,
        })
    }

    pub(super) fn compress(&mut self, body: &str) -> rusqlite::Result<Vec<u8>> {
        self.0.compress(body.as_bytes()).map_err(conversion)
    }
}

/// A body as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    format: &'static str,
    /// Of the text.
    sha256: [u8; 32],
    /// Of the text, in bytes.
    pub(super) size: usize,
    zstd: Vec<u8>,
}

fn conversion(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// The word for the body's format.
pub(super) fn format(body: &Body) -> &'static str {
    match body {
        Body::Storage(_) => "storage",
        Body::Adf(_) => "adf",
    }
}

/// The body in that format; unknown formats read as storage format.
pub(super) fn in_format(format: &str, text: String) -> Body {
    match format {
        "adf" => Body::Adf(text),
        _ => Body::Storage(text),
    }
}

/// The body in the row's columns `format`, `size` and `zstd`.
pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Body> {
    let size: i64 = row.get("size")?;
    let text = unpack(
        row.get_ref("zstd")?.as_blob()?,
        usize::try_from(size).unwrap_or_default(),
    )
    .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Blob, Box::new(error)))?;
    Ok(in_format(row.get_ref("format")?.as_str()?, text))
}

/// Unpacks a body whose uncompressed size is known.
pub(super) fn unpack(zstd: &[u8], size: usize) -> std::io::Result<String> {
    let bytes = zstd::bulk::decompress(zstd, size)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

/// Why a stored body is not the one that the site sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    #[error("it cannot be unpacked")]
    Packing,
    #[error("its digest or its size is another than the one stored with it")]
    Digest,
}

/// The body in the row's columns `sha256`, `size` and `zstd`, if it is the one that the site sent.
pub(super) fn intact(row: &Row<'_>) -> rusqlite::Result<Result<String, Damage>> {
    let size: i64 = row.get("size")?;
    let (packed, digest) = (row.get_ref("zstd")?.as_blob()?, row.get_ref("sha256")?.as_blob()?);
    Ok(
        unpack_suspiciously(packed, size.cast_unsigned()).and_then(|text| {
            let is_intact =
                text.len() as u64 == size.cast_unsigned() && Sha256::digest(&text).as_slice() == digest;
            is_intact.then_some(text).ok_or(Damage::Digest)
        }),
    )
}

/// Unpacks step by step, since a damaged size would have [`unpack`] ask for any amount of memory.
fn unpack_suspiciously(packed: &[u8], size: u64) -> Result<String, Damage> {
    let mut text = String::new();
    let unpacked = Decoder::with_buffer(packed)
        .and_then(|decoder| decoder.take(size.saturating_add(1)).read_to_string(&mut text));
    unpacked.map(|_| text).map_err(|_| Damage::Packing)
}

/// Writes the body in place of the one before, also where only damage tells them apart.
pub(super) fn put(tx: &Transaction<'_>, id: i64, body: &Packed) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO bodies (id, format, sha256, size, zstd) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE
         SET format = excluded.format, sha256 = excluded.sha256, size = excluded.size, zstd = excluded.zstd
         WHERE (format, sha256, size, zstd)
             IS NOT (excluded.format, excluded.sha256, excluded.size, excluded.zstd)",
    )?
    .execute((id, body.format, &body.sha256, integer(body.size), &body.zstd))?;
    Ok(())
}

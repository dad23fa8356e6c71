-- Sites ---------------------------------------------------------------------------------------------------------

CREATE TABLE sites (
    -- Number of the site in this file; every other table refers to it.
    id         INTEGER PRIMARY KEY,
    -- What Atlassian identifies the site by; its domain may change, this does not.
    cloud_id   TEXT NOT NULL UNIQUE,
    -- Where people reach it, such as 'acme.atlassian.net'.
    domain     TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- When it was first and last written here. All times are UTC, 'YYYY-MM-DDTHH:MM:SS.sssZ'.
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL
) STRICT;

CREATE TABLE spaces (
    id          INTEGER PRIMARY KEY,
    site        INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    space_id    TEXT NOT NULL,
    -- The short name people and links use. People rename it, so nothing refers to it.
    key         TEXT NOT NULL COLLATE NOCASE,
    name        TEXT NOT NULL,
    -- 'global', 'personal', 'collaboration', …
    kind        TEXT NOT NULL,
    -- 'current', 'archived', 'trashed', …
    status      TEXT NOT NULL,
    -- The page that opens with the space; null if it has none.
    homepage_id TEXT,
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    UNIQUE (site, space_id)
) STRICT;

CREATE INDEX spaces_by_key ON spaces (site, key);

CREATE TABLE people (
    site         INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    account_id   TEXT NOT NULL,
    -- Null until the site has told it, and for accounts it no longer knows.
    display_name TEXT,
    -- 'atlassian', 'app', …; null as long as the name is.
    kind         TEXT,
    -- How often the name was asked for in vain, so that the others get their turn first.
    asked        INTEGER NOT NULL DEFAULT 0,
    -- When the site was last asked for a name that is known: people rename themselves, and nothing tells of it.
    asked_at     TEXT,
    first_seen   TEXT NOT NULL,
    last_seen    TEXT NOT NULL,
    PRIMARY KEY (site, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX people_known ON people (site, asked_at, account_id) WHERE display_name IS NOT NULL;
CREATE INDEX people_unknown ON people (site, asked, account_id) WHERE display_name IS NULL;

-- Runs ----------------------------------------------------------------------------------------------------------

CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site        INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    -- 'backfill', 'delta' or 'sweep'.
    mode        TEXT NOT NULL,
    -- 'running', then 'complete', 'partial', 'unfinished', 'deferred', 'needs consent', 'interrupted' or 'failed'.
    outcome     TEXT NOT NULL DEFAULT 'running',
    -- Of a deferred run: nothing is sent before this instant. Of an unfinished one: there are points again.
    until       TEXT,
    -- Of a failed run: why.
    error       TEXT,
    started_at  TEXT NOT NULL,
    -- Null while it runs.
    finished_at TEXT,
    -- Items looked at; content added, changed and buried; findings recorded; requests sent and what they cost.
    seen        INTEGER NOT NULL DEFAULT 0,
    added       INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    buried      INTEGER NOT NULL DEFAULT 0,
    findings    INTEGER NOT NULL DEFAULT 0,
    requests    INTEGER NOT NULL DEFAULT 0,
    points      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX runs_by_site ON runs (site, id);
CREATE INDEX runs_by_mode ON runs (site, mode, id);

CREATE TABLE findings (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    -- The run that met it last; null if that run has been forgotten.
    run        INTEGER REFERENCES runs (id) ON DELETE SET NULL,
    -- 'undecodable', 'body missing', 'refused', 'deletion guard', 'space hidden', 'content blocked'.
    kind       TEXT NOT NULL,
    -- A content id, a space key or the name of a listing.
    subject    TEXT NOT NULL,
    -- The content to fetch again, where it is content.
    content_id TEXT,
    -- The space it is in, where that is known.
    space_id   TEXT,
    detail     TEXT NOT NULL,
    opened_at  TEXT NOT NULL,
    -- Null while it is open.
    closed_at  TEXT
) STRICT;

CREATE UNIQUE INDEX findings_open ON findings (site, kind, subject) WHERE closed_at IS NULL;
CREATE INDEX findings_by_content ON findings (site, content_id) WHERE closed_at IS NULL;
CREATE INDEX findings_by_space ON findings (site, space_id) WHERE closed_at IS NULL;
CREATE INDEX findings_by_run ON findings (run);

CREATE TABLE watermarks (
    site     INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    space_id TEXT NOT NULL,
    -- The kind of content it is about: 'page', 'blogpost', …
    kind     TEXT NOT NULL,
    -- All of that kind in the space modified up to this instant is in the mirror or an open finding.
    up_to    TEXT NOT NULL,
    PRIMARY KEY (site, space_id, kind)
) STRICT, WITHOUT ROWID;

-- What the last listing of everything, read to its end, said.
CREATE TABLE coverage (
    site      INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    space_id  TEXT NOT NULL,
    kind      TEXT NOT NULL,
    -- How many items of that kind the site listed in the space.
    listed    INTEGER NOT NULL,
    -- When the end of the listing was reached.
    listed_at TEXT NOT NULL,
    PRIMARY KEY (site, space_id, kind)
) STRICT, WITHOUT ROWID;

-- A sweep goes round all spaces, in as many runs as the points make of it.
CREATE TABLE sweeps (
    site         INTEGER PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    -- When the last round began, and whether it goes on.
    began_at     TEXT NOT NULL,
    is_open      INTEGER NOT NULL,
    -- When a round last came to its end; null before the first did.
    completed_at TEXT
) STRICT;

-- What each app has spent of its hourly points, so that a restart does not forget it.
CREATE TABLE spending (
    -- Names the app, by its client id where it has one.
    app          TEXT PRIMARY KEY,
    -- When the hour began.
    hour         TEXT NOT NULL,
    points       INTEGER NOT NULL,
    -- Until when the server refuses the app, if it does.
    closed_until TEXT
) STRICT, WITHOUT ROWID;

-- The connections that a person has paused: they stay so over restarts.
CREATE TABLE pauses (
    domain TEXT PRIMARY KEY,
    since  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a person was told of and is not over, so that a restart does not tell it again.
CREATE TABLE alerts (
    -- Names what is amiss, and the site where it is about one.
    matter    TEXT PRIMARY KEY,
    text      TEXT NOT NULL,
    raised_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
    site      INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    mode      TEXT NOT NULL,
    -- The run that began the pass.
    pass      INTEGER NOT NULL,
    -- JSON array of the ids of the spaces the listing covers.
    spaces    TEXT NOT NULL,
    -- Where the listing goes on, in the server's own words; null at its beginning.
    cursor    TEXT,
    -- The id of the last item listed. Where the listing turned round at an item that the site cannot deliver and goes
    -- on from its other end, of the last one before that.
    last      TEXT,
    is_backwards INTEGER NOT NULL,
    -- The watermark to set when the pass completes.
    candidate TEXT NOT NULL,
    -- How many items the pass has handled, and a JSON object of how many were in each space: by kind, then by its id.
    items     INTEGER NOT NULL,
    listed    TEXT NOT NULL,
    PRIMARY KEY (site, kind, mode)
) STRICT, WITHOUT ROWID;

-- Content -------------------------------------------------------------------------------------------------------

CREATE TABLE contents (
    -- Number in this file; also the rowid of the text and of its entry in page_fts. Never reused, never changed.
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    site            INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    -- Its id on the site.
    content_id      TEXT NOT NULL,
    -- 'page', 'blogpost', 'folder', …
    kind            TEXT NOT NULL,
    -- No foreign key: content of a space that appeared a moment ago is still worth keeping.
    space_id        TEXT NOT NULL,
    -- Null for what stands at the top of its space.
    parent_id       TEXT,
    parent_kind     TEXT,
    -- Place among its siblings, lower first; null where the site gives none.
    position        INTEGER,
    title           TEXT NOT NULL,
    -- The title as links compare it: lower case, no zero-width spaces.
    title_key       TEXT NOT NULL,
    -- 'current', 'archived', 'trashed', …
    status          TEXT NOT NULL,
    version         INTEGER NOT NULL,
    version_message TEXT NOT NULL,
    is_minor        INTEGER NOT NULL,
    -- Who created it and who saved this version; null for deleted accounts.
    author_id       TEXT,
    editor_id       TEXT,
    created_at      TEXT NOT NULL,
    modified_at     TEXT NOT NULL,
    -- Path below https://<domain>/wiki.
    webui           TEXT NOT NULL,
    -- Where a smart link leads; null for all else.
    embed_url       TEXT,
    -- Size of the stored body in bytes, uncompressed, and the version it belongs to; null before there is one.
    storage_size    INTEGER,
    body_version    INTEGER,
    -- Version of the renderer that made the Markdown, and a digest of what it was given and made.
    renderer        INTEGER,
    rendering       BLOB,
    -- The last run that saw it on the site.
    sighted_in      INTEGER NOT NULL,
    -- When a complete listing first lacked it; null again as soon as it is seen.
    missing_since   TEXT,
    -- When and why it was buried; null while it lives.
    gone_at         TEXT,
    gone_reason     TEXT,
    -- When it was first and last written here.
    first_seen      TEXT NOT NULL,
    last_seen       TEXT NOT NULL,
    -- What searches are narrowed by, as words of the index: site, space, kind, year, month, and the last twelve letters
    -- of who created and who saved it. Each begins with a character of private use, so that it is nobody's word.
    facets          TEXT NOT NULL GENERATED ALWAYS AS (
        char(0xE000) || 't' || site
        || ' ' || char(0xE000) || 's' || site || 'x' || space_id
        || ' ' || char(0xE000) || 'k' || kind
        || ' ' || char(0xE000) || 'y' || substr(modified_at, 1, 4)
        || ' ' || char(0xE000) || 'm' || substr(modified_at, 1, 4) || substr(modified_at, 6, 2)
        || coalesce(' ' || char(0xE000) || 'p' || substr(replace(replace(author_id, '-', ''), ':', ''), -12), '')
        || coalesce(' ' || char(0xE000) || 'p'
            || substr(replace(replace(nullif(editor_id, author_id), '-', ''), ':', ''), -12), '')
    ) VIRTUAL,
    UNIQUE (site, content_id)
) STRICT;

CREATE INDEX contents_by_space ON contents (site, space_id, kind, gone_at);
CREATE INDEX contents_by_modified ON contents (modified_at);
CREATE INDEX contents_by_author ON contents (author_id);
CREATE INDEX contents_by_editor ON contents (editor_id);
CREATE INDEX contents_by_parent ON contents (site, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX contents_by_gone ON contents (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX contents_by_title ON contents (site, title_key, space_id);

-- What hangs under folders and their like, which are found by way of it.
CREATE INDEX contents_by_stub ON contents (site, parent_kind, parent_id)
WHERE parent_kind <> 'page' AND gone_at IS NULL;

-- Pages that an older renderer wrote are counted whenever the daemon starts.
CREATE INDEX contents_by_renderer ON contents (renderer);

-- Apart from `contents`, so that counting and comparing read a tenth of the bytes.
CREATE TABLE texts (
    id       INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
    -- Copy of the title, for the index.
    title    TEXT NOT NULL,
    -- What people put to it and search by, one a line: its labels, the plain words of its living comments, the names
    -- of its living attachments. Each with more ways to find it, as in "alt".
    labels   TEXT NOT NULL DEFAULT '',
    comments TEXT NOT NULL DEFAULT '',
    files    TEXT NOT NULL DEFAULT '',
    -- Copy of the facets, for the index.
    facets   TEXT NOT NULL DEFAULT '',
    -- Plain words: no markup, no link targets.
    body     TEXT NOT NULL,
    -- More ways to find it: pairs of ideographs, parts of identifiers, 'ss' for 'ß'.
    alt      TEXT NOT NULL,
    -- Last, because it is long and searches do without: what stands behind a long text takes reading past it.
    markdown TEXT NOT NULL
) STRICT;

CREATE TABLE bodies (
    id     INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
    -- 'storage' (XHTML) or 'adf' (JSON).
    format TEXT NOT NULL,
    -- Of the body as the site sent it.
    sha256 BLOB NOT NULL,
    size   INTEGER NOT NULL,
    -- The body, compressed by Zstandard.
    zstd   BLOB NOT NULL
) STRICT;

-- Earlier versions: mirrored while they were the newest, or fetched later because somebody asked.
CREATE TABLE versions (
    id          INTEGER PRIMARY KEY,
    content     INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    title       TEXT NOT NULL,
    message     TEXT NOT NULL,
    is_minor    INTEGER NOT NULL,
    author_id   TEXT,
    saved_at    TEXT NOT NULL,
    -- When a later one took its place here; null if it was never the newest here.
    replaced_at TEXT,
    -- As in `bodies`; null where the mirror never had the body of this version.
    format      TEXT,
    sha256      BLOB,
    size        INTEGER,
    zstd        BLOB,
    -- A site that is set back to a backup counts some numbers again.
    UNIQUE (content, version, saved_at)
) STRICT;

CREATE TABLE links (
    id        INTEGER PRIMARY KEY,
    -- The content it stands in.
    content   INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    -- 'page', 'blogpost', 'user', 'attachment', 'space', 'place' for a place in the page itself, or 'external'.
    kind      TEXT NOT NULL,
    -- Of the page or space it leads to, as written in the body.
    space_key TEXT COLLATE NOCASE,
    -- Title of the page or blog post it leads to, as written in the body, and as titles are compared. Of an attachment,
    -- the page that has it; null if that is the one the link stands in.
    title     TEXT,
    title_key TEXT,
    -- Of the attachment it leads to.
    file_name TEXT,
    -- Id of the content or account it leads to, of an attachment the page that has it; null for what has none, for
    -- the page's own attachments, and for a title as long as the mirror has no such content.
    target    TEXT,
    -- What stands in the Markdown for it: the URL, or the label of a mention.
    written   TEXT NOT NULL,
    anchor    TEXT
) STRICT;

CREATE INDEX links_by_content ON links (content);
CREATE INDEX links_by_target ON links (target, kind) WHERE target IS NOT NULL;
CREATE INDEX links_unresolved ON links (title_key, space_key) WHERE title_key IS NOT NULL AND target IS NULL;

-- What the renderer could not lower and kept as text.
CREATE TABLE warnings (
    content   INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    -- That of the content, so that they are counted without it.
    site      INTEGER NOT NULL,
    construct TEXT NOT NULL,
    detail    TEXT NOT NULL,
    PRIMARY KEY (content, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
    content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    -- 'global', 'my', 'team', …
    prefix  TEXT NOT NULL DEFAULT 'global',
    -- The last run, or the pass that it went on with, that saw it there.
    sighted_in INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (content, name, prefix)
) STRICT, WITHOUT ROWID;

CREATE INDEX labels_by_name ON labels (name);

-- The labels that a site had when they were last listed: one that is not among them is new.
CREATE TABLE known_labels (
    site     INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    label_id TEXT NOT NULL,
    PRIMARY KEY (site, label_id)
) STRICT, WITHOUT ROWID;

-- The unfinished pass over all labels of a site, label by label.
CREATE TABLE label_passes (
    site INTEGER PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    -- The run that began it.
    pass INTEGER NOT NULL,
    -- The last label that it has finished.
    done TEXT NOT NULL
) STRICT;

-- What apps keep with content, as far as the configuration asks for it.
CREATE TABLE properties (
    content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    -- JSON.
    value   TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (content, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX properties_by_key ON properties (key);

-- Who may read what is restricted itself. What hangs under it is as hidden, and has no row of its own.
CREATE TABLE restrictions (
    content   INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    -- 'user' or 'group', and the id of the account or group.
    kind      TEXT NOT NULL,
    reader_id TEXT NOT NULL,
    -- What the site calls them.
    name      TEXT NOT NULL,
    PRIMARY KEY (content, kind, reader_id)
) STRICT, WITHOUT ROWID;

-- Content of which something is to be looked up that listings do not tell.
CREATE TABLE due (
    site    INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    -- 'labels', 'properties' or 'restrictions'.
    detail  TEXT NOT NULL,
    content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    -- The run that found it due.
    run     INTEGER NOT NULL,
    PRIMARY KEY (site, detail, content)
) STRICT, WITHOUT ROWID;

CREATE INDEX due_by_content ON due (content);

CREATE TABLE comments (
    id          INTEGER PRIMARY KEY,
    site        INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    comment_id  TEXT NOT NULL,
    -- The content it is about.
    page_id     TEXT NOT NULL,
    -- The comment it answers; null for the first of a thread.
    parent_id   TEXT,
    -- 'footer' or 'inline'.
    kind        TEXT NOT NULL,
    status      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    -- Who wrote the earliest version that was seen, and when; the site tells no more.
    author_id   TEXT,
    created_at  TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    -- Of an inline comment: 'open', 'reopened', 'resolved', 'dangling', …, and the words of the page it is about.
    resolution  TEXT,
    selection   TEXT,
    markdown    TEXT NOT NULL,
    -- Plain words: no markup, no link targets.
    plain       TEXT NOT NULL DEFAULT '',
    -- As in `contents`.
    sighted_in  INTEGER NOT NULL DEFAULT 0,
    missing_since TEXT,
    gone_at     TEXT,
    gone_reason TEXT,
    first_seen  TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    UNIQUE (site, comment_id)
) STRICT;

CREATE INDEX comments_by_page ON comments (site, page_id, gone_at);

CREATE TABLE attachments (
    id            INTEGER PRIMARY KEY,
    site          INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    attachment_id TEXT NOT NULL,
    page_id       TEXT NOT NULL,
    -- The file name people see.
    title         TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    -- In bytes.
    file_size     INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    status        TEXT NOT NULL,
    -- Of the file, in hexadecimal; null until it is downloaded. Set once the file is durable.
    sha256        TEXT,
    -- The version that the file is of; an older one until the newest is downloaded.
    file_version  INTEGER,
    -- What bodies in Atlassian document format call the file.
    file_id       TEXT,
    -- Who uploaded the earliest version that was seen.
    author_id     TEXT,
    created_at    TEXT NOT NULL,
    -- When the newest version was uploaded.
    modified_at   TEXT NOT NULL DEFAULT '',
    -- As in `contents`.
    sighted_in    INTEGER NOT NULL DEFAULT 0,
    missing_since TEXT,
    gone_at       TEXT,
    gone_reason   TEXT,
    first_seen    TEXT NOT NULL,
    last_seen     TEXT NOT NULL,
    UNIQUE (site, attachment_id)
) STRICT;

CREATE INDEX attachments_by_page ON attachments (site, page_id, gone_at);
CREATE INDEX attachments_by_digest ON attachments (sha256, site, file_size) WHERE sha256 IS NOT NULL;
-- Those whose newest file is not here.
CREATE INDEX attachments_wanted ON attachments (site, id) WHERE gone_at IS NULL AND file_version IS NOT version;

-- Search --------------------------------------------------------------------------------------------------------

-- Best matches first: ORDER BY bm25(page_fts, 10.0, 1.0, 0.5, 8.0, 0.5, 2.0).
CREATE VIRTUAL TABLE page_fts USING fts5 (
    title, body, alt, labels, comments, files, facets,
    content = 'texts',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);

-- Fewer, larger merges: a tenth off the time of a first copy, and searches do not notice.
INSERT INTO page_fts (page_fts, rank) VALUES ('automerge', 16);
-- Three segments of a size are merged when there is time, between runs: with two, the largest would be written anew each day.
INSERT INTO page_fts (page_fts, rank) VALUES ('usermerge', 3);
-- A batch is a segment, not two: words are written out when it ends, not after the first megabyte of them.
INSERT INTO page_fts (page_fts, rank) VALUES ('hashsize', 16777216);

CREATE TRIGGER texts_inserted AFTER INSERT ON texts BEGIN
    INSERT INTO page_fts (rowid, title, body, alt, labels, comments, files, facets)
    VALUES (new.id, new.title, new.body, new.alt, new.labels, new.comments, new.files, new.facets);
END;

CREATE TRIGGER texts_deleted AFTER DELETE ON texts BEGIN
    INSERT INTO page_fts (page_fts, rowid, title, body, alt, labels, comments, files, facets)
    VALUES ('delete', old.id, old.title, old.body, old.alt, old.labels, old.comments, old.files, old.facets);
END;

CREATE TRIGGER texts_updated AFTER UPDATE OF id, title, body, alt, labels, comments, files, facets ON texts BEGIN
    INSERT INTO page_fts (page_fts, rowid, title, body, alt, labels, comments, files, facets)
    VALUES ('delete', old.id, old.title, old.body, old.alt, old.labels, old.comments, old.files, old.facets);
    INSERT INTO page_fts (rowid, title, body, alt, labels, comments, files, facets)
    VALUES (new.id, new.title, new.body, new.alt, new.labels, new.comments, new.files, new.facets);
END;

-- A small index of what weighs most, for words that are too frequent to rank all that has them. Not for readers.
CREATE VIRTUAL TABLE title_fts USING fts5 (
    title, labels, facets,
    content = 'texts',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO title_fts (title_fts, rank) VALUES ('usermerge', 3);

CREATE TRIGGER titles_inserted AFTER INSERT ON texts BEGIN
    INSERT INTO title_fts (rowid, title, labels, facets) VALUES (new.id, new.title, new.labels, new.facets);
END;

CREATE TRIGGER titles_deleted AFTER DELETE ON texts BEGIN
    INSERT INTO title_fts (title_fts, rowid, title, labels, facets) VALUES ('delete', old.id, old.title, old.labels, old.facets);
END;

CREATE TRIGGER titles_updated AFTER UPDATE OF id, title, labels, facets ON texts
WHEN (old.id, old.title, old.labels, old.facets) IS NOT (new.id, new.title, new.labels, new.facets) BEGIN
    INSERT INTO title_fts (title_fts, rowid, title, labels, facets) VALUES ('delete', old.id, old.title, old.labels, old.facets);
    INSERT INTO title_fts (rowid, title, labels, facets) VALUES (new.id, new.title, new.labels, new.facets);
END;

-- Changes -------------------------------------------------------------------------------------------------------

-- Everything that the mirror holds, in the order in which it was last changed. Triggers keep it, so that no change is
-- committed without its row. A thing that changes again moves to the end, so there is one row for each thing.
CREATE TABLE changes (
    -- Grows with every change, is never used again, and is committed in this order.
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    site INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    -- 'page', 'blogpost', …, 'comment', 'attachment', 'space' or 'person'.
    kind TEXT NOT NULL,
    -- Its id on the site.
    id   TEXT NOT NULL,
    UNIQUE (site, kind, id)
) STRICT;

CREATE TRIGGER content_changed AFTER UPDATE OF
    space_id, parent_id, title, status, version, author_id, editor_id, created_at, modified_at, webui,
    embed_url, storage_size, gone_at, gone_reason
ON contents
WHEN (
    old.space_id, old.parent_id, old.title, old.status, old.version, old.author_id, old.editor_id,
    old.created_at, old.modified_at, old.webui, old.embed_url, old.storage_size, old.gone_at, old.gone_reason
) IS NOT (
    new.space_id, new.parent_id, new.title, new.status, new.version, new.author_id, new.editor_id,
    new.created_at, new.modified_at, new.webui, new.embed_url, new.storage_size, new.gone_at, new.gone_reason
) BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = new.kind AND id = new.content_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, new.kind, new.content_id);
END;

CREATE TRIGGER content_turned AFTER UPDATE OF kind ON contents
WHEN old.kind <> new.kind BEGIN
    DELETE FROM changes WHERE site = old.site AND kind = old.kind AND id = old.content_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, new.kind, new.content_id);
END;

CREATE TRIGGER comment_added AFTER INSERT ON comments BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'comment' AND id = new.comment_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'comment', new.comment_id);
END;

CREATE TRIGGER comment_changed AFTER UPDATE OF
    page_id, parent_id, kind, status, version, author_id, created_at, modified_at, resolution, selection,
    markdown, gone_at, gone_reason
ON comments
WHEN (
    old.page_id, old.parent_id, old.kind, old.status, old.version, old.author_id, old.created_at,
    old.modified_at, old.resolution, old.selection, old.markdown, old.gone_at, old.gone_reason
) IS NOT (
    new.page_id, new.parent_id, new.kind, new.status, new.version, new.author_id, new.created_at,
    new.modified_at, new.resolution, new.selection, new.markdown, new.gone_at, new.gone_reason
) BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'comment' AND id = new.comment_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'comment', new.comment_id);
END;

CREATE TRIGGER attachment_added AFTER INSERT ON attachments BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'attachment' AND id = new.attachment_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'attachment', new.attachment_id);
END;

CREATE TRIGGER attachment_changed AFTER UPDATE OF
    page_id, title, media_type, file_size, version, status, sha256, author_id, created_at, modified_at,
    gone_at, gone_reason
ON attachments
WHEN (
    old.page_id, old.title, old.media_type, old.file_size, old.version, old.status, old.sha256, old.author_id,
    old.created_at, old.modified_at, old.gone_at, old.gone_reason
) IS NOT (
    new.page_id, new.title, new.media_type, new.file_size, new.version, new.status, new.sha256, new.author_id,
    new.created_at, new.modified_at, new.gone_at, new.gone_reason
) BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'attachment' AND id = new.attachment_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'attachment', new.attachment_id);
END;

CREATE TRIGGER space_added AFTER INSERT ON spaces BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'space' AND id = new.space_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'space', new.space_id);
END;

CREATE TRIGGER space_changed AFTER UPDATE OF
    key, name, kind, status, homepage_id
ON spaces
WHEN (
    old.key COLLATE BINARY, old.name, old.kind, old.status, old.homepage_id
) IS NOT (
    new.key, new.name, new.kind, new.status, new.homepage_id
) BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'space' AND id = new.space_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'space', new.space_id);
END;

CREATE TRIGGER person_added AFTER INSERT ON people BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'person' AND id = new.account_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'person', new.account_id);
END;

CREATE TRIGGER person_changed AFTER UPDATE OF
    display_name, kind
ON people
WHEN (
    old.display_name, old.kind
) IS NOT (
    new.display_name, new.kind
) BEGIN
    DELETE FROM changes WHERE site = new.site AND kind = 'person' AND id = new.account_id;
    INSERT INTO changes (site, kind, id) VALUES (new.site, 'person', new.account_id);
END;

-- What the row of content does not say is said by others. New content comes with its text, in one transaction.
CREATE TRIGGER text_added AFTER INSERT ON texts BEGIN
    DELETE FROM changes WHERE (site, kind, id) = (SELECT site, kind, content_id FROM contents WHERE id = new.id);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE id = new.id;
END;

CREATE TRIGGER text_changed AFTER UPDATE OF markdown ON texts
WHEN old.markdown <> new.markdown BEGIN
    DELETE FROM changes WHERE (site, kind, id) = (SELECT site, kind, content_id FROM contents WHERE id = new.id);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE id = new.id;
END;

CREATE TRIGGER label_added AFTER INSERT ON labels BEGIN
    DELETE FROM changes WHERE (site, kind, id) = (SELECT site, kind, content_id FROM contents WHERE id = new.content);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE id = new.content;
END;

CREATE TRIGGER label_removed AFTER DELETE ON labels BEGIN
    DELETE FROM changes WHERE (site, kind, id) = (SELECT site, kind, content_id FROM contents WHERE id = old.content);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE id = old.content;
END;

-- Content names the key of its space, and its address has the domain of its site. Both are renamed now and then.
CREATE TRIGGER content_of_space_met AFTER INSERT ON spaces BEGIN
    DELETE FROM changes WHERE (site, kind, id) IN (SELECT site, kind, content_id FROM contents WHERE site = new.site AND space_id = new.space_id);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE site = new.site AND space_id = new.space_id ORDER BY id;
END;

CREATE TRIGGER content_of_space_renamed AFTER UPDATE OF key ON spaces
WHEN old.key COLLATE BINARY <> new.key BEGIN
    DELETE FROM changes WHERE (site, kind, id) IN (SELECT site, kind, content_id FROM contents WHERE site = new.site AND space_id = new.space_id);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE site = new.site AND space_id = new.space_id ORDER BY id;
END;

CREATE TRIGGER content_of_site_moved AFTER UPDATE OF domain ON sites
WHEN old.domain <> new.domain BEGIN
    DELETE FROM changes WHERE (site, kind, id) IN (SELECT site, kind, content_id FROM contents WHERE site = new.id);
    INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents WHERE site = new.id ORDER BY id;
    DELETE FROM changes WHERE (site, kind, id) IN (SELECT site, 'comment', comment_id FROM comments WHERE site = new.id);
    INSERT INTO changes (site, kind, id) SELECT site, 'comment', comment_id FROM comments WHERE site = new.id ORDER BY id;
    DELETE FROM changes WHERE (site, kind, id) IN (SELECT site, 'attachment', attachment_id FROM attachments WHERE site = new.id);
    INSERT INTO changes (site, kind, id) SELECT site, 'attachment', attachment_id FROM attachments WHERE site = new.id ORDER BY id;
    DELETE FROM changes WHERE (site, kind, id) IN (SELECT site, 'space', space_id FROM spaces WHERE site = new.id);
    INSERT INTO changes (site, kind, id) SELECT site, 'space', space_id FROM spaces WHERE site = new.id ORDER BY id;
    DELETE FROM changes WHERE site = new.id AND kind = 'person';
    INSERT INTO changes (site, kind, id) SELECT site, 'person', account_id FROM people WHERE site = new.id;
END;

-- The public interface: these views keep their columns from release to release -----------------------------------

CREATE VIEW page AS
SELECT
    sites.domain                                    AS site,
    sites.cloud_id                                  AS cloud_id,
    contents.content_id                             AS id,
    contents.kind                                   AS kind,
    spaces.key                                      AS space_key,
    contents.space_id                               AS space_id,
    contents.parent_id                              AS parent_id,
    contents.title                                  AS title,
    contents.status                                 AS status,
    contents.version                                AS version,
    coalesce(author.display_name, contents.author_id) AS author,
    coalesce(editor.display_name, contents.editor_id) AS editor,
    contents.created_at                             AS created_at,
    contents.modified_at                            AS modified_at,
    'https://' || sites.domain || '/wiki' || contents.webui AS url,
    texts.markdown                                  AS markdown,
    contents.storage_size                           AS storage_size,
    (
        SELECT json_group_array(name)
        FROM (SELECT DISTINCT name FROM labels WHERE labels.content = contents.id ORDER BY name)
    )                                               AS labels,
    contents.gone_at                                AS gone_at,
    contents.gone_reason                            AS gone_reason,
    -- Joins page_fts: … FROM page_fts JOIN page ON page.rowid = page_fts.rowid
    contents.id                                     AS rowid,
    -- Where a smart link leads; null for all else.
    contents.embed_url                              AS embed_url
FROM contents
JOIN sites ON sites.id = contents.site
LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
LEFT JOIN texts ON texts.id = contents.id
LEFT JOIN people AS author ON author.site = contents.site AND author.account_id = contents.author_id
LEFT JOIN people AS editor ON editor.site = contents.site AND editor.account_id = contents.editor_id;

CREATE VIEW space AS
SELECT
    sites.domain       AS site,
    sites.cloud_id     AS cloud_id,
    spaces.space_id    AS id,
    spaces.key         AS key,
    spaces.name        AS name,
    spaces.kind        AS type,
    spaces.status      AS status,
    spaces.homepage_id AS homepage_id
FROM spaces
JOIN sites ON sites.id = spaces.site;

CREATE VIEW comment AS
SELECT
    sites.domain                                      AS site,
    comments.comment_id                               AS id,
    comments.page_id                                  AS page_id,
    comments.parent_id                                AS parent_id,
    comments.kind                                     AS kind,
    coalesce(author.display_name, comments.author_id) AS author,
    comments.created_at                               AS created_at,
    comments.modified_at                              AS modified_at,
    comments.status                                   AS status,
    comments.markdown                                 AS markdown,
    comments.gone_at                                  AS gone_at,
    comments.version                                  AS version,
    comments.resolution                               AS resolution,
    comments.selection                                AS selection,
    comments.plain                                    AS plain,
    comments.gone_reason                              AS gone_reason
FROM comments
JOIN sites ON sites.id = comments.site
LEFT JOIN people AS author ON author.site = comments.site AND author.account_id = comments.author_id;

CREATE VIEW attachment AS
SELECT
    sites.domain              AS site,
    attachments.attachment_id AS id,
    attachments.page_id       AS page_id,
    attachments.title         AS title,
    attachments.media_type    AS media_type,
    attachments.file_size     AS file_size,
    attachments.sha256        AS sha256,
    attachments.version       AS version,
    -- Below the state directory; null until it is downloaded.
    'attachments/' || substr(attachments.sha256, 1, 2) || '/' || attachments.sha256 AS path,
    attachments.gone_at       AS gone_at,
    attachments.status        AS status,
    coalesce(author.display_name, attachments.author_id) AS author,
    attachments.created_at    AS created_at,
    attachments.modified_at   AS modified_at,
    attachments.file_id       AS file_id,
    attachments.gone_reason   AS gone_reason
FROM attachments
JOIN sites ON sites.id = attachments.site
LEFT JOIN people AS author ON author.site = attachments.site AND author.account_id = attachments.author_id;

CREATE VIEW link AS
SELECT
    sites.domain        AS site,
    contents.content_id AS page_id,
    links.kind          AS kind,
    links.space_key     AS space_key,
    links.title         AS title,
    links.file_name     AS file_name,
    links.target        AS target_id,
    links.written       AS written,
    links.anchor        AS anchor
FROM links
JOIN contents ON contents.id = links.content
JOIN sites ON sites.id = contents.site;

-- The newest version is in `page`.
CREATE VIEW version AS
SELECT
    sites.domain        AS site,
    contents.content_id AS page_id,
    versions.version    AS version,
    versions.title      AS title,
    coalesce(people.display_name, versions.author_id) AS author,
    versions.saved_at   AS saved_at,
    versions.message    AS message,
    versions.is_minor   AS is_minor,
    -- Of its body in bytes; null where the mirror never had it.
    versions.size       AS size
FROM versions
JOIN contents ON contents.id = versions.content
JOIN sites ON sites.id = contents.site
LEFT JOIN people ON people.site = contents.site AND people.account_id = versions.author_id;

CREATE VIEW label AS
SELECT
    sites.domain        AS site,
    sites.cloud_id      AS cloud_id,
    contents.content_id AS page_id,
    labels.name         AS name,
    labels.prefix       AS prefix
FROM labels
JOIN contents ON contents.id = labels.content
JOIN sites ON sites.id = contents.site;

-- What apps keep with pages. Only keys that the configuration names are here.
CREATE VIEW property AS
SELECT
    sites.domain        AS site,
    sites.cloud_id      AS cloud_id,
    contents.content_id AS page_id,
    properties.key      AS key,
    properties.value    AS value,
    properties.version  AS version
FROM properties
JOIN contents ON contents.id = properties.content
JOIN sites ON sites.id = contents.site;

-- Who may read what is restricted itself, if the configuration asks for that.
CREATE VIEW restriction AS
SELECT
    sites.domain           AS site,
    sites.cloud_id         AS cloud_id,
    contents.content_id    AS page_id,
    restrictions.kind      AS kind,
    restrictions.reader_id AS reader_id,
    coalesce(people.display_name, nullif(restrictions.name, '')) AS name
FROM restrictions
JOIN contents ON contents.id = restrictions.content
JOIN sites ON sites.id = contents.site
LEFT JOIN people
    ON people.site = contents.site AND people.account_id = restrictions.reader_id AND restrictions.kind = 'user';

CREATE VIEW person AS
SELECT
    sites.domain        AS site,
    sites.cloud_id      AS cloud_id,
    people.account_id   AS account_id,
    people.display_name AS display_name,
    people.kind         AS kind
FROM people
JOIN sites ON sites.id = people.site;

CREATE VIEW run AS
SELECT
    sites.domain     AS site,
    runs.id          AS id,
    runs.mode        AS mode,
    runs.outcome     AS outcome,
    runs.until       AS until,
    runs.error       AS error,
    runs.started_at  AS started_at,
    runs.finished_at AS finished_at,
    runs.seen        AS seen,
    runs.added       AS added,
    runs.changed     AS changed,
    runs.buried      AS buried,
    runs.findings    AS findings,
    runs.requests    AS requests,
    runs.points      AS points
-- From the runs on, so that the last ones are read without sorting all.
FROM runs
CROSS JOIN sites ON sites.id = runs.site;

CREATE VIEW finding AS
SELECT
    sites.domain        AS site,
    findings.id         AS id,
    findings.run        AS run_id,
    findings.kind       AS kind,
    findings.subject    AS subject,
    findings.content_id AS page_id,
    findings.detail     AS detail,
    findings.opened_at  AS opened_at,
    findings.closed_at  AS closed_at,
    findings.space_id   AS space_id
FROM findings
JOIN sites ON sites.id = findings.site;

-- How complete each kind of content is in each space.
CREATE VIEW completeness AS
WITH told AS (
    SELECT site, space_id, kind, listed, listed_at, 0 AS mirrored, 0 AS gone
    FROM coverage
    UNION ALL
    -- One walk through an index that has all of it.
    SELECT site, space_id, kind, NULL, NULL, count(*) - count(gone_at), count(gone_at)
    FROM contents
    GROUP BY site, space_id, kind
), kinds AS (
    SELECT
        site,
        space_id,
        kind,
        max(listed)    AS listed,
        max(listed_at) AS listed_at,
        sum(mirrored)  AS mirrored,
        sum(gone)      AS gone
    FROM told
    GROUP BY site, space_id, kind
)
SELECT
    sites.domain    AS site,
    spaces.key      AS space_key,
    kinds.space_id  AS space_id,
    kinds.kind      AS kind,
    -- What the site says it has, and when it said so; null before a listing of everything was read to its end.
    kinds.listed    AS listed,
    kinds.listed_at AS listed_at,
    -- What is here and alive, and what was here and is gone.
    kinds.mirrored  AS mirrored,
    kinds.gone      AS gone,
    -- Content of the space, of whatever kind, that the site refuses, and that it sent so that it could not be mirrored.
    (
        SELECT count(*) FROM findings
        WHERE findings.site = kinds.site AND findings.space_id = kinds.space_id AND findings.closed_at IS NULL
            AND findings.kind IN ('refused', 'body missing', 'content blocked')
    )               AS refused,
    (
        SELECT count(*) FROM findings
        WHERE findings.site = kinds.site AND findings.space_id = kinds.space_id AND findings.closed_at IS NULL
            AND findings.kind = 'undecodable'
    )               AS failed
FROM kinds
JOIN sites ON sites.id = kinds.site
LEFT JOIN spaces ON spaces.site = kinds.site AND spaces.space_id = kinds.space_id
-- A search finds folders and their like in all spaces at once: where it found none, there is nothing to say.
WHERE kinds.kind IN ('page', 'blogpost') OR kinds.listed > 0 OR kinds.mirrored > 0 OR kinds.gone > 0;

-- The change feed: everything that the mirror holds, in the order of its last change.
CREATE VIEW change AS
SELECT
    changes.seq    AS seq,
    sites.domain   AS site,
    sites.cloud_id AS cloud_id,
    changes.kind   AS kind,
    changes.id     AS id,
    -- 'written', or 'gone': a tombstone stays.
    CASE
        WHEN coalesce(contents.gone_at, comments.gone_at, attachments.gone_at) IS NULL THEN 'written'
        ELSE 'gone'
    END            AS change
-- From the feed on, which is read in its order: from the sites on, all of it would be sorted for its first row.
FROM changes
CROSS JOIN sites ON sites.id = changes.site
LEFT JOIN contents ON contents.site = changes.site AND contents.content_id = changes.id AND contents.kind = changes.kind
LEFT JOIN comments ON comments.site = changes.site AND comments.comment_id = changes.id AND changes.kind = 'comment'
LEFT JOIN attachments
    ON attachments.site = changes.site AND attachments.attachment_id = changes.id AND changes.kind = 'attachment';

//! What people at Acme Inland put beside their pages: files, and what they say to each other.

/// A file on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFile {
    /// The key of the space.
    pub space: &'static str,
    /// The title of the page.
    pub title: &'static str,
    /// The file name.
    pub name: &'static str,
    /// What it is.
    pub media_type: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
}

/// A comment on a page, and the answers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoComment {
    /// The key of the space.
    pub space: &'static str,
    /// The title of the page.
    pub title: &'static str,
    /// The words of the page that it is about; nothing for one below the page.
    pub on: Option<&'static str>,
    /// Who wrote it: an index into [`people`](super::people).
    pub author: usize,
    /// Storage format.
    pub body: &'static str,
    /// Who answered what, one after the other.
    pub answers: &'static [(usize, &'static str)],
    /// Whether it is settled.
    pub is_resolved: bool,
}

/// The files that pages show or link to.
pub fn files() -> Vec<DemoFile> {
    const PNG: &str = "image/png";
    const PDF: &str = "application/pdf";
    let rows: [(&str, &str, &str, &str, &[u8]); 9] = [
        (
            "ENG",
            "Architecture overview",
            "overview 2026 (final).png",
            PNG,
            include_bytes!("../../content/files/overview.png"),
        ),
        (
            "ENG",
            "Architecture overview",
            "overview & ducts.png",
            PNG,
            include_bytes!("../../content/files/overview.png"),
        ),
        (
            "ENG",
            "Incident response in five steps",
            "incident-flow",
            "text/plain",
            b"flowchart LR\n  page --> lead --> channel --> fix --> note\n",
        ),
        (
            "ENG",
            "Notices to Skippers: the XML we send",
            "NtS 4.0 — standard.pdf",
            PDF,
            include_bytes!("../../content/files/nts.pdf"),
        ),
        (
            "PROD",
            "Berth booking trial",
            "berth plan Bernkastel.png",
            PNG,
            include_bytes!("../../content/files/berth-plan.png"),
        ),
        (
            "KB",
            "Getting started: your first booking",
            "vessel-form.png",
            PNG,
            include_bytes!("../../content/files/vessel-form.png"),
        ),
        (
            "OPS",
            "Running a lock by hand",
            "hand crank #2.png",
            PNG,
            include_bytes!("../../content/files/hand-crank.png"),
        ),
        (
            "OPS",
            "Water levels today",
            "levels of the year.csv",
            "text/csv",
            b"month,Kaub,Ruhrort,Cochem\n01,212,402,288\n02,198,377,262\n03,171,341,240\n",
        ),
        (
            "DUI",
            "Kran 4: Störungen, Ursachen, Abhilfe",
            "Kran 4 – Übersicht (Rev. 7).pdf",
            PDF,
            include_bytes!("../../content/files/kran-4.pdf"),
        ),
    ];
    let file = |(space, title, name, media_type, bytes)| DemoFile {
        space,
        title,
        name,
        media_type,
        bytes,
    };
    rows.map(file).into()
}

/// What is being talked about.
pub fn comments() -> Vec<DemoComment> {
    let below = DemoComment {
        space: "OPS",
        title: "Running a lock by hand",
        on: None,
        author: 4,
        body: "<p>The crank of lock Hirschhorn is back from the workshop. It turns <strong>the other way</strong> now.</p>",
        answers: &[
            (5, "<p>Since when?</p>"),
            (4, "<p>Since the workshop. There is a sticker.</p>"),
        ],
        is_resolved: false,
    };
    let within = DemoComment {
        space: "ENG",
        title: "Architecture overview",
        on: Some("queue"),
        author: 6,
        body: "<p>Which one? We have three by now.</p>",
        answers: &[(1, "<p>The first. I will draw the others.</p>")],
        is_resolved: false,
    };
    vec![
        DemoComment {
            space: "PROD",
            title: "Berth booking trial",
            author: 9,
            body: "<p>Bernkastel asks whether the pencil may stay.</p>",
            answers: &[(3, "<p>It may. <em>Beside</em> the screen.</p>")],
            ..below.clone()
        },
        DemoComment {
            space: "ENG",
            title: "Deploying: blue/green, in plain words",
            on: Some("blue"),
            author: 10,
            body: "<p>Is it always blue first?</p>",
            answers: &[(0, "<p>No: whichever is idle. I have said so in the text.</p>")],
            is_resolved: true,
        },
        DemoComment {
            space: "DUI",
            title: "Kran 4: Störungen, Ursachen, Abhilfe",
            author: 4,
            body: "<p>Revision 8 kommt im Januar.</p>",
            answers: &[],
            ..below.clone()
        },
        below,
        within,
    ]
}

//! Every link of the documentation leads somewhere: the file is there and has that heading, and the book has every page.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::book::{ROOT, pages};

/// What a page offers and asks for: the anchors of its headings, and where its links lead.
#[derive(Default)]
struct Page {
    anchors: Vec<String>,
    links: Vec<String>,
}

#[test]
fn every_link_leads_somewhere() {
    let pages: BTreeMap<PathBuf, Page> = pages().into_iter().map(|(path, text)| (path, read(&text))).collect();
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { plain(&path.with_file_name(file)) };
            // What the book does not contain cannot be reached from its pages.
            let inside = path.starts_with("docs/src") && !target.starts_with("docs/src");
            let there = Path::new(ROOT).join(&target).exists() && !inside;
            let named =
                anchor.is_empty() || pages.get(&target).is_some_and(|page| page.anchors.iter().any(|a| a == anchor));
            if !there || !named {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(pages.values().map(|page| page.links.len()).sum::<usize>() > 50, "links are found");
}

#[test]
fn the_book_and_the_readme_name_every_page() {
    for list in ["README.md", "docs/src/SUMMARY.md"] {
        let all = pages();
        let (path, text) = all.iter().find(|(path, _)| path == Path::new(list)).expect("it is there");
        let named: Vec<_> = read(text).links.iter().map(|link| plain(&path.with_file_name(link))).collect();
        for (page, _) in &all {
            let own =
                ["README.md", "docs/src/SUMMARY.md", "docs/src/introduction.md"].iter().any(|p| page == Path::new(p));
            assert!(own || named.contains(page), "{list} does not name {}", page.display());
        }
    }
}

fn read(text: &str) -> Page {
    let (mut page, mut heading) = (Page::default(), None::<String>);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.into_string());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => page.anchors.extend(heading.take().map(|text| anchor(&text))),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    page
}

/// A heading's anchor, as mdBook and others make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

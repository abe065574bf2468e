//! The structure of src/, asked of the code itself: no circle between files, no group above another that it serves, no
//! file too long to be read at once, no name for two things.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use syn::{Item, Visibility};

use crate::common::imports::Imports;

/// The groups, lowest first: each may import from those before it only.
const GROUPS: &[&[&str]] = &[
    &["near_miss"],
    &["statistics", "text", "marks", "cancel", "host"],
    &["child"],
    &["metrics"],
    &["frame"],
    &["filter"],
    &["source"],
    &["sink"],
    &["pipeline"],
    &["strategy"],
    &["run"],
    &["predict"],
    &["transcode"],
    &["tune"],
    &["batch"],
    &["lab"],
    &["app"],
    // The roots only declare and re-export.
    &["lib", "main", "bin"],
];

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let imports = Imports::read();
    let edges = imports.edges();
    let pairs = edges.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from as u32, *to as u32)));
    let graph = DiGraph::<(), ()>::from_edges(pairs);
    let circles: Vec<String> = tarjan_scc(&graph)
        .into_iter()
        .filter(|files| files.len() > 1)
        .map(|files| {
            let inside: BTreeSet<usize> = files.iter().map(|file| file.index()).collect();
            let arrows = inside.iter().flat_map(|from| edges[*from].intersection(&inside).map(move |to| (from, to)));
            let lines =
                arrows.map(|(from, to)| format!("  {} -> {}", imports.files[*from].path, imports.files[*to].path));
            lines.collect::<Vec<_>>().join("\n")
        })
        .collect();
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), circles.join("\n\n"));
}

#[test]
fn no_group_imports_one_above_it() {
    let imports = Imports::read();
    let rank = |group: &str| GROUPS.iter().position(|groups| groups.contains(&group)).expect(group);
    let mut upward = BTreeSet::new();
    for (from, to) in imports.edges().iter().enumerate() {
        let from = &imports.files[from];
        for to in to.iter().map(|to| &imports.files[*to]) {
            let same = from.group() == to.group();
            if !same && rank(from.group()) <= rank(to.group()) {
                upward.insert(format!("{} -> {}", from.path, to.path));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn no_file_is_longer_than_can_be_read_at_once() {
    let long: Vec<_> = Imports::read()
        .files
        .iter()
        .filter(|file| file.lines > 300)
        .map(|f| format!("{} {}", f.path, f.lines))
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn two_public_types_of_a_group_have_two_names() {
    let imports = Imports::read();
    let mut places: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for file in &imports.files {
        for item in &file.syntax.items {
            let (name, visibility) = match item {
                Item::Struct(item) => (&item.ident, &item.vis),
                Item::Enum(item) => (&item.ident, &item.vis),
                Item::Trait(item) => (&item.ident, &item.vis),
                Item::Type(item) => (&item.ident, &item.vis),
                _ => continue,
            };
            if matches!(visibility, Visibility::Public(_)) {
                places.entry((file.group().to_owned(), name.to_string())).or_default().push(&file.path);
            }
        }
    }
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

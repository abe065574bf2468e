//! What each file of src/ takes from which other file, read from the code itself: `use` lines, paths in expressions and
//! in macros, followed through re-exports to the file that defines the name. Test code is left out. Method calls on a value
//! are not followed: whoever has the value got its type from somewhere that is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemConst, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A module: the crate's root (`lib` or `bin`), then the names of the modules down to it.
pub type Module = Vec<String>;

/// One file of src/, parsed.
pub struct File {
    /// Its path below src/: `metrics/clock.rs`.
    pub path: String,
    pub module: Module,
    pub lines: usize,
    pub syntax: syn::File,
    /// Names that its `use` lines bring in, and what they stand for; one brought in for others too is `public`.
    names: BTreeMap<String, Name>,
    /// Modules of which a `use` line takes everything.
    globs: Vec<Module>,
}

struct Name {
    target: Module,
    public: bool,
}

/// All files of src/ and who imports whom.
pub struct Imports {
    pub files: Vec<File>,
    by_module: BTreeMap<Module, usize>,
    known: BTreeSet<Module>,
}

impl Imports {
    pub fn read() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files: Vec<File> = rust_files(&src).iter().filter_map(|path| File::read(&src, path)).collect();
        let by_module: BTreeMap<_, _> = files.iter().enumerate().map(|(at, file)| (file.module.clone(), at)).collect();
        let known: BTreeSet<Module> = by_module.keys().cloned().collect();
        for file in &mut files {
            file.read_names(&known);
        }
        Self { files, by_module, known }
    }

    /// For each file, by its place in `files`, the files whose definitions it names.
    pub fn edges(&self) -> Vec<BTreeSet<usize>> {
        let of = |(at, file): (usize, &File)| {
            let mut paths = Paths { file, known: &self.known, found: Vec::new() };
            paths.visit_file(&file.syntax);
            let brought_in = file.names.iter().filter(|(name, of)| !of.public || paths.mentions(name));
            let mut found: BTreeSet<usize> =
                brought_in.filter_map(|(_, of)| self.definition(&of.target, true)).collect();
            found.extend(paths.found.iter().filter_map(|path| self.definition(path, false)));
            found.extend(file.globs.iter().filter_map(|module| self.by_module.get(module).copied()));
            found.remove(&at);
            found
        };
        self.files.iter().enumerate().map(of).collect()
    }

    /// The file that defines what a path names. A module alone is no definition if it was only `brought_in`: what is
    /// taken from it follows in longer paths.
    fn definition(&self, path: &[String], brought_in: bool) -> Option<usize> {
        self.follow(path, 0).and_then(|(file, whole_module)| (!(whole_module && brought_in)).then_some(file))
    }

    fn follow(&self, path: &[String], depth: usize) -> Option<(usize, bool)> {
        let length = (1..=path.len()).rev().find(|&length| self.by_module.contains_key(&path[..length]))?;
        let at = self.by_module[&path[..length]];
        let file = &self.files[at];
        let Some(name) = path.get(length) else { return Some((at, true)) };
        // Re-exports of re-exports end; a circle of them would not compile.
        if let Some(reexport) = file.names.get(name).filter(|name| name.public && depth < 8) {
            let target: Module = reexport.target.iter().chain(&path[length + 1..]).cloned().collect();
            return self.follow(&target, depth + 1);
        }
        Some((at, false))
    }
}

impl File {
    fn read(src: &Path, path: &Path) -> Option<Self> {
        let text = read_to_string(path).expect("a file");
        let path = path.strip_prefix(src).expect("below src").to_string_lossy().into_owned();
        // A file of tests is none of the program's.
        if path.ends_with("tests.rs") {
            return None;
        }
        let mut syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        syntax.items.retain(|item| !is_test(attributes(item)));
        let module = module_of(&path);
        Some(Self { path, module, lines: text.lines().count(), syntax, names: BTreeMap::new(), globs: Vec::new() })
    }

    /// The group: the folder directly below src/, or the name of a file there.
    pub fn group(&self) -> &str {
        self.path.split(['/', '.']).next().expect("a name")
    }

    fn read_names(&mut self, known: &BTreeSet<Module>) {
        let mut uses = Uses::default();
        uses.visit_file(&self.syntax);
        for (path, name, public) in uses.found {
            let Some(target) = absolute(&self.module, &path, known) else { continue };
            match name {
                Some(name) => _ = self.names.insert(name, Name { target, public }),
                None => self.globs.push(target),
            }
        }
    }
}

/// Collects what `use` lines bring in: path, the name it gets (none for everything), and whether others may take it
/// from here.
#[derive(Default)]
struct Uses {
    found: Vec<(Module, Option<String>, bool)>,
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        // `::opencv` is the other crate, whatever module has that name here.
        if item.leading_colon.is_some() {
            return;
        }
        let public = !matches!(item.vis, Visibility::Inherited);
        let mut open = vec![(Module::new(), &item.tree)];
        while let Some((mut path, tree)) = open.pop() {
            match tree {
                UseTree::Path(part) => {
                    path.push(part.ident.to_string());
                    open.push((path, &part.tree));
                }
                UseTree::Group(group) => open.extend(group.items.iter().map(|tree| (path.clone(), tree))),
                UseTree::Name(name) if name.ident == "self" => {
                    let last = path.last().cloned();
                    self.found.push((path, last, public));
                }
                UseTree::Name(name) => {
                    path.push(name.ident.to_string());
                    self.found.push((path, Some(name.ident.to_string()), public));
                }
                UseTree::Rename(rename) => {
                    path.push(rename.ident.to_string());
                    self.found.push((path, Some(rename.rename.to_string()), public));
                }
                UseTree::Glob(_) => self.found.push((path, None, public)),
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }
}

/// Collects the paths of a file that lead into another module, and the first names of all paths.
struct Paths<'a> {
    file: &'a File,
    known: &'a BTreeSet<Module>,
    found: Vec<Module>,
}

impl Paths<'_> {
    fn add(&mut self, path: &[String]) {
        let Some(first) = path.first() else { return };
        let target = match self.file.names.get(first) {
            Some(name) => Some(name.target.iter().chain(&path[1..]).cloned().collect()),
            None => absolute(&self.file.module, path, self.known),
        };
        // The root alone (`pub(crate)` in a macro) names nothing.
        self.found.extend(target.filter(|target: &Module| target.len() > 1));
    }

    /// Whether code below the `use` lines names what one of them brought in.
    fn mentions(&self, name: &str) -> bool {
        let target = &self.file.names[name].target;
        self.found.iter().any(|path| path.starts_with(target))
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_some() {
            return;
        }
        self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, _: &'ast ItemUse) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    // A family lists its members beside the lines that declare them: that is no import.
    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_macro(&mut self, macro_: &'ast Macro) {
        visit::visit_macro(self, macro_);
        for path in paths_in(macro_.tokens.clone()) {
            self.add(&path);
        }
    }
}

/// `a::b::c` in the arguments of a macro, which are no syntax yet.
fn paths_in(tokens: TokenStream) -> Vec<Vec<String>> {
    let (mut paths, mut colons) = (vec![Vec::new()], 0);
    for token in tokens {
        match token {
            TokenTree::Ident(name) if colons == 2 || paths.last().is_some_and(Vec::is_empty) => {
                paths.last_mut().expect("one").push(name.to_string());
                colons = 0;
            }
            TokenTree::Ident(name) => paths.push(vec![name.to_string()]),
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                paths.extend(paths_in(group.stream()));
                paths.push(Vec::new());
                colons = 0;
            }
            _ => {
                paths.push(Vec::new());
                colons = 0;
            }
        }
    }
    paths
}

/// The module path that a path means, from the crate's root; none for other crates and local names.
fn absolute(module: &Module, path: &[String], known: &BTreeSet<Module>) -> Option<Module> {
    relative(module, path).or_else(|| {
        let child: Module = module.iter().chain(&path[..1]).cloned().collect();
        known.contains(&child).then(|| module.iter().chain(path).cloned().collect())
    })
}

fn relative(module: &Module, path: &[String]) -> Option<Module> {
    let rest = |base: &[String], from: usize| Some(base.iter().chain(&path[from..]).cloned().collect());
    match path.first()?.as_str() {
        "crate" => rest(&module[..1], 1),
        "framerace" => rest(&["lib".to_owned()], 1),
        "self" => rest(module, 1),
        "super" => {
            let up = path.iter().take_while(|part| *part == "super").count();
            rest(&module[..module.len().checked_sub(up)?], up)
        }
        _ => None,
    }
}

fn module_of(path: &str) -> Module {
    let root = if path == "main.rs" || path.starts_with("bin/") { "bin" } else { "lib" };
    let parts = path.trim_end_matches(".rs").split('/').filter(|part| !["mod", "lib", "main"].contains(part));
    [root].into_iter().chain(parts).map(str::to_owned).collect()
}

fn is_test(attributes: &[Attribute]) -> bool {
    let test =
        |attribute: &Attribute| attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test");
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && test(attribute))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => &[],
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(rust_files(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files.sort();
    files
}

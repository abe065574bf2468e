//! A browser that looks at pages, if there is one. It knows nothing of what stands in them.

use std::path::Path;
use std::process::Command;

use super::{skipped, stderr};

/// What every page is asked from within, and how its own questions are.
const EVERY_PAGE: &str = include_str!("../html/page.js");

/// A browser that needs no screen.
pub fn chromium() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()));
    if found.is_none() {
        skipped("there is no chromium, so no browser looked at the page");
    }
    found
}

/// What a browser makes of a file, as text; it must have nothing to complain about.
fn browse(chromium: &str, file: &Path, dark: bool) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let mut browser = Command::new(chromium);
    browser.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
    browser.args(["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0"]);
    browser.args(["--window-size=1400,1000", "--virtual-time-budget=5000", "--dump-dom"]);
    browser.arg(format!("--user-data-dir={}", profile.path().display()));
    browser.arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }));
    let output = browser.arg(format!("file://{}", file.display())).output().expect("it starts");
    let said = stderr(&output);
    let complaints: Vec<_> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(output.status.success() && complaints.is_empty(), "{complaints:?} {said}");
    super::stdout(&output)
}

/// The result that a page holds.
pub fn result_in<T: serde::de::DeserializeOwned>(page: &str) -> T {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"result\">").expect("a result");
    serde_json::from_str(rest.split_once("</script>").expect("its end").0).expect("the data of a page")
}

/// The words of a part of a page, without its elements, with one space between them.
pub fn words(part: &str) -> String {
    let text = part.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect::<String>();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The answer at the top of a page, as words; its headline is a sentence.
pub fn answer_in(page: &str) -> String {
    let header = page.split_once("<header>").expect("a header").1.split_once("</header>").expect("its end").0;
    let (headline, rest) = header.split_once("<h1").expect("a headline").1.split_once("</h1>").expect("its end");
    let headline = headline.split_once('>').map_or("", |(_, text)| text);
    words(&format!("{headline}. {}", rest.split("<p class=\"soft\">").next().unwrap_or_default()))
}

/// The answer at the top must be the end of what is printed.
pub fn answers_as(page: &str, printed: &str) {
    let (answer, printed) = (answer_in(page), words(&printed.replace("\\\n", "")));
    assert!(answer.len() > 40, "{answer}");
    assert!(printed.ends_with(&answer), "{printed}\ndoes not end with\n{answer}");
}

/// Text that stands in a page must not become elements of it.
pub fn holds_text_only(page: &str) {
    assert!(!page.contains("<img") && page.matches("</script").count() == 1);
}

/// Shows each page as it is, then in light and dark and at the widths of a phone, a tablet and a desk, where it is
/// asked from within what every page and what this kind of page is `asked`, and must be fine.
pub fn all_fine(chromium: &str, pages: &[String], asked: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut frames = String::new();
    for (number, page) in pages.iter().enumerate() {
        let file = folder.path().join(format!("{number}.html"));
        std::fs::write(&file, page).expect("a place to write");
        browse(chromium, &file, false);
        // The page lets no script run; a copy must, to be looked at from within.
        let open = page.replacen("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'", 1);
        let open = open.replacen("</body>", &format!("<script>{EVERY_PAGE}{asked}look();</script></body>"), 1);
        std::fs::write(folder.path().join(format!("open-{number}.html")), open).expect("a place to write");
        for width in [390, 800, 1280] {
            frames +=
                &format!("<iframe src='open-{number}.html' style='border:0;width:{width}px;height:800px'></iframe>");
        }
    }
    let host = folder.path().join("host.html");
    let listen = "<script>onmessage = e => { seen.textContent += e.data + '\\n' }</script><pre id=seen>";
    std::fs::write(&host, format!("<!doctype html><meta charset=utf-8>{listen}</pre>{frames}"))
        .expect("a place to write");
    for (dark, theme) in [(false, "light"), (true, "dark")] {
        let dom = browse(chromium, &host, dark);
        let seen =
            dom.split("<pre id=\"seen\">").nth(1).and_then(|rest| rest.split("</pre>").next()).expect("what was seen");
        let wrong: Vec<_> = seen.lines().filter(|line| *line != format!("fine {theme}")).collect();
        assert!(wrong.is_empty(), "{theme}: {wrong:#?}");
        assert_eq!(seen.lines().count(), pages.len() * 3, "{theme}: {seen}");
    }
}

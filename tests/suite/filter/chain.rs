//! Chains as text: the grammar, names of filters and of those that a program adds, and what is said of mistakes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use framerace::filter::{Chain, Filter, FilterProvider, FrameContext, MakeFilter, Registry, Traits};
use framerace::frame::{Images, Shape, Stamp};
use framerace::metrics::Buffers;
use framerace::pipeline::Settings;
use framerace::strategy::find;
use opencv::core::{Mat, MatTrait, MatTraitConst, MatTraitConstManual};

#[test]
fn a_chain_reads_back_as_it_was_written() {
    let chain: Chain = "grayscale, blur=ksize=7".parse().unwrap();
    assert_eq!(chain.to_string(), "grayscale,blur=ksize=7");
    assert_eq!(chain.by_name(), Some("grayscale,blur=ksize=7".into()));
}

#[test]
fn the_same_filter_twice_has_two_names() {
    let chain: Chain = "blur,grayscale,blur,blur".parse().unwrap();
    assert_eq!(chain.labels(), ["blur", "grayscale", "blur-2", "blur-3"]);
}

#[test]
fn a_chain_that_writes_nothing_copies() {
    let chain: Chain = "delay=0".parse().unwrap();
    let filters = chain.filters(Shape::bgr(4, 4)).unwrap();
    assert_eq!(filters.iter().map(|f| f.label()).collect::<Vec<_>>(), ["delay", "copy"]);
}

#[test]
fn an_empty_chain_is_refused() {
    assert!(Chain::new().filters(Shape::bgr(4, 4)).is_err());
}

/// What the first filter of a chain makes of an image with one bright pixel.
fn output(chain: &str) -> Vec<u8> {
    let shape = Shape::gray(9, 9);
    let mut filter = chain.parse::<Chain>().expect("a chain").filters(shape).expect("a filter").remove(0);
    let (mut input, mut output) = (shape.image().expect("memory"), filter.output().image().expect("memory"));
    *input.at_2d_mut::<u8>(4, 4).expect("a pixel") = 255;
    let images = &mut Images { input: &input, between: &mut [], output: &mut output };
    filter
        .apply(&FrameContext::untimed(Stamp::new(0, Duration::ZERO)), images, &Buffers::default())
        .expect("an output");
    output.data_bytes().expect("bytes").to_vec()
}

#[test]
fn values_go_by_name_or_by_place() {
    let by_name = output("blur=ksize=7:sigma = 1.5");
    assert_eq!(output("blur=7:1.5"), by_name);
    assert_eq!(output(" blur = sigma=1.5:ksize=7 ,grayscale"), by_name);
    assert_ne!(output("blur=ksize=7"), by_name);
    assert_ne!(output("blur=sigma=1.5"), by_name);
    assert_eq!(output("resize=6:4").len(), output("resize=height=4:width=6").len());
}

fn mistake(chain: &str) -> (usize, String) {
    let error = chain.parse::<Chain>().expect_err("a mistake");
    (error.column, error.message)
}

#[test]
fn mistakes_point_at_the_column_and_say_what_would_be_right() {
    let (column, message) = mistake("grayscale,blurr");
    assert_eq!(column, 11);
    assert!(message.contains("'blurr'") && message.contains("did you mean blur?"), "{message}");
    let (column, message) = mistake("grayscale,blur=ksize=5:sigm=1");
    assert_eq!(column, 24);
    assert!(message.contains("'sigm'") && message.contains("sigma"), "{message}");
    let (column, message) = mistake("blur=ksize=4");
    assert_eq!(column, 6);
    assert!(message.contains("odd"), "{message}");
    assert_eq!(mistake("grayscale,").0, 11);
    assert_eq!(mistake("").0, 1);
    assert_eq!(mistake("é,blurr").0, 1);
    assert_eq!(mistake("grayscale, é").0, 12);
    assert_eq!(mistake("delay=1:2").0, 9);
    assert_eq!(mistake("blur=3:ksize=5").0, 8);
    assert_eq!(mistake("blur=slowed=5:slowed=6"), (15, "blur: slowed is given twice".into()));
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_chain_or_a_mistake_within_it(text in "[a-z=:,.0-9é ]{0,40}") {
        if let Err(error) = text.parse::<Chain>() {
            let columns = text.chars().count() + 1;
            proptest::prop_assert!((1..=columns).contains(&error.column), "{}", error);
        }
    }
}

/// Provides copies by the names `1` to `3`.
struct Copies;

impl FilterProvider for Copies {
    fn name(&self) -> &str {
        "copies"
    }

    fn parse(&self, options: &str) -> Result<MakeFilter> {
        ensure!(["1", "2", "3", "a:b"].contains(&options), "no copy '{options}' (there is 1 to 3)");
        Ok(Arc::new(|| Ok(Box::new(Copies))))
    }
}

impl Filter for Copies {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        Ok(input.copy_to(output)?)
    }
}

#[test]
fn filters_of_a_provider_are_parsed_by_it_and_keep_their_text() {
    let registry = Registry::default().with(Copies);
    let chain = Chain::parse("grayscale,copies=2,copies=a:b:slowed=5,blur", &registry).unwrap();
    assert_eq!(chain.labels(), ["grayscale", "copies", "copies-2", "blur"]);
    assert_eq!(chain.by_name(), Some("grayscale,copies=2,copies=a:b:slowed=5,blur".into()));
    assert_eq!(chain.filters(Shape::bgr(4, 4)).unwrap().len(), 4);
    let error = Chain::parse("blur,copies=4", &registry).unwrap_err();
    assert_eq!((error.column, error.message.as_str()), (13, "copies: no copy '4' (there is 1 to 3)"));
}

#[test]
fn python_is_for_the_module_and_the_program_says_how_to_get_it() {
    let error = "blur,python=mine.py:cartoon".parse::<Chain>().unwrap_err();
    assert_eq!(error.column, 6);
    assert!(error.message.contains("pip install") && !error.message.contains('\n'), "{error}");
}

/// Provides a filter of which several things are known.
struct Known;

impl FilterProvider for Known {
    fn name(&self) -> &str {
        "known"
    }

    fn parse(&self, _: &str) -> Result<MakeFilter> {
        Ok(Arc::new(|| Ok(Box::new(Copies))))
    }

    fn traits(&self, options: &str) -> Result<Traits> {
        Ok(Traits {
            label: Some(options.to_owned()),
            shown: Some("known=".to_owned() + &options.to_uppercase()),
            readable: vec!["/a".into()],
            only_here: Some("it is bound to this process".into()),
            one_worker: Some("it counts frames".into()),
            lock: Some("a lock".into()),
            note: Some("a note".into()),
        })
    }
}

#[test]
fn what_is_known_of_a_filter_reaches_whoever_asks() {
    let chain = Chain::parse("blur,known=x,known=x", &Registry::default().with(Known)).unwrap();
    assert_eq!(chain.labels(), ["blur", "x", "x-2"]);
    assert_eq!(chain.to_string(), "blur,known=X,known=X");
    assert_eq!(chain.by_name(), Some("blur,known=x,known=x".into()));
    assert_eq!(chain.lock(), Some("a lock"));
    assert_eq!((chain.notes().len(), chain.readable().len()), (1, 1));
    let settings = Settings { workers: 2, ..Settings::default() };
    for (name, why) in [
        ("threads", "it counts frames; try -w 1, sequential or stages"),
        ("processes", "it counts frames; try -w 1, sequential or stages"),
    ] {
        assert_eq!(find(name).unwrap().refuses(&chain, &settings).as_deref(), Some(why));
    }
    assert_eq!(find("stages").unwrap().refuses(&chain, &settings), None);
    let one = Settings { workers: 1, ..settings };
    assert_eq!(find("threads").unwrap().refuses(&chain, &one), None);
    assert_eq!(find("processes").unwrap().refuses(&chain, &one).as_deref(), Some("it is bound to this process"));
}

#[test]
fn a_name_without_its_provider_is_refused_with_the_names_there_are() {
    let error = "copies=2".parse::<Chain>().unwrap_err();
    assert!(error.message.ends_with("delay, spin; see framerace filters"), "{error}");
    let error = Chain::parse("x", &Registry::default().with(Copies)).unwrap_err();
    assert!(error.message.contains("spin, copies;"), "{error}");
    let error = Chain::parse("copy-s", &Registry::default().with(Copies)).unwrap_err();
    assert!(error.message.contains("did you mean copies?"), "{error}");
}

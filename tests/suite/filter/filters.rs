//! What every filter says about itself, and single filters on small images.

use std::time::Duration;

use framerace::filter::{Chain, FILTERS, FrameContext, Options, Perturbation};
use framerace::frame::{Images, Shape, Stamp};
use framerace::host::usage::thread_cpu;
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};

#[test]
fn every_filter_can_be_made_from_its_defaults_and_says_what_it_is() {
    for kind in FILTERS {
        let mut options = Options::defaults(kind.options);
        for option in kind.options {
            assert_eq!(options.set(option.name, option.default), Ok(()), "{} {}", kind.name, option.name);
        }
        assert!((kind.build)(&options).is_ok(), "{}", kind.name);
        assert!(!kind.summary.is_empty() && !kind.summary.ends_with('.'), "{}", kind.name);
        assert_eq!(FILTERS.iter().filter(|other| other.name == kind.name).count(), 1, "{}", kind.name);
    }
}

#[test]
fn values_out_of_range_are_refused() {
    for chain in ["blur=4", "blur=101", "blur=sigma=nan", "blur=sigma=inf", "resize=1.5", "blur=type=other"] {
        assert!(chain.parse::<Chain>().is_err(), "{chain}");
    }
    assert!("blur=99".parse::<Chain>().is_ok());
}

#[test]
fn a_side_left_out_keeps_the_aspect_ratio() {
    for (chain, width, height) in [
        ("resize=640", 640, 360),
        ("resize=height=360", 640, 360),
        ("resize=scale=0.25", 320, 180),
        ("resize=100:100", 100, 100),
    ] {
        let filters = chain.parse::<Chain>().unwrap().filters(Shape::bgr(1280, 720)).unwrap();
        assert_eq!(filters[0].output(), Shape::bgr(width, height), "{chain}");
    }
}

/// Two frames through a perturbed chain of one filter: the outputs, and the CPU time.
fn two_frames(chain: &str) -> (Vec<u8>, Vec<u8>, Duration) {
    let chain: Chain = chain.parse().expect("a chain");
    let mut filter = chain.filters(Shape::gray(2, 1)).expect("a filter").remove(0);
    let mut outputs = Vec::new();
    let (mut output, from) = (Shape::gray(2, 1).image().expect("memory"), thread_cpu());
    for gray in [[0u8, 0], [200, 200]] {
        let input = Mat::from_slice(&gray).and_then(|image| image.try_clone()).expect("an image");
        let images = &mut Images { input: &input, between: &mut [], output: &mut output };
        filter
            .apply(&FrameContext::untimed(Stamp::new(0, Duration::ZERO)), images, &Default::default())
            .expect("an output");
        outputs.push(output.data_bytes().expect("bytes").to_vec());
    }
    (outputs.remove(0), outputs.remove(0), thread_cpu() - from)
}

#[test]
fn free_gives_the_first_output_again() {
    let (first, second, _) = two_frames("threshold=100");
    assert_ne!(first, second);
    let (first, second, _) = two_frames("threshold=100:free=yes");
    assert_eq!(first, second);
}

#[test]
fn slowed_takes_more_cpu_time() {
    let (usual, slowed) = (two_frames("spin=5").2, two_frames("spin=5:slowed=100").2);
    assert!(usual < Duration::from_millis(19) && slowed >= Duration::from_millis(20), "{usual:?} {slowed:?}");
}

#[test]
fn perturbations_read_back_as_they_were_written() {
    for how in [Perturbation::Slowed(25.0), Perturbation::Free] {
        for filter in ["grayscale", "blur=ksize=5", "blur=5"] {
            let perturbed = filter.parse::<Chain>().unwrap().perturbed(|_| Some(how));
            let written = perturbed.by_name().unwrap();
            assert_ne!(written, filter);
            assert!(written.parse::<Chain>().is_ok(), "{written}");
        }
    }
    let error = "blur=slowed=fast".parse::<Chain>().unwrap_err();
    assert!(error.message.contains("slowed=fast"), "{error}");
}

//! The pipeline that is shown, as it is at first. Plain data.

use framerace::filter::Chain;
use framerace::pipeline::Settings;
use framerace::source::Input;
use framerace::strategy::Strategy;

/// What runs behind the screen.
pub struct Pipeline {
    pub input: Input,
    pub chain: Chain,
    pub strategy: &'static dyn Strategy,
    pub settings: Settings,
}

//! `--overflow`: what happens when a link is full, for all links or for one by its name.

use framerace::filter::Chain;
use framerace::pipeline::{Overflow, Policies};

use super::exit::Exit;

/// An overflow policy, for the link of this name or for all.
#[derive(Clone)]
pub struct LinkPolicy {
    /// None for all.
    link: Option<String>,
    policy: Overflow,
}

/// A policy for all links, or `LINK=POLICY`.
pub fn overflow(text: &str) -> Result<LinkPolicy, String> {
    let (link, policy) = text.rsplit_once('=').map_or((None, text), |(link, policy)| (Some(link.to_owned()), policy));
    Ok(LinkPolicy { link, policy: policy.parse()? })
}

/// The default with what was given on top: first what is for all links, then what is for one.
pub fn policies(default: Policies, given: &[LinkPolicy], chain: &Chain) -> Result<Policies, Exit> {
    let all = given.iter().rfind(|given| given.link.is_none());
    let mut policies = all.map_or(default, |all| Policies::all(all.policy));
    let links = links(chain);
    for LinkPolicy { link, policy } in given {
        let Some(link) = link else { continue };
        if !links.contains(link) {
            return Err(Exit::wrong(format!("--overflow: no link '{link}'; there is {}", links.join(", "))));
        }
        policies = policies.with(link, *policy);
    }
    Ok(policies)
}

/// The names of all links that any strategy has with this chain.
fn links(chain: &Chain) -> Vec<String> {
    let labels = chain.labels();
    let mut links = ["capture-chain", "chain-deliver"].map(String::from).to_vec();
    links.extend(labels.first().map(|label| format!("before {label}")));
    links.extend(labels.iter().map(|label| format!("after {label}")));
    links
}

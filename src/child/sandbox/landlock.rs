//! Files, network and signals, restricted by Landlock.

use ::landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope, path_beneath_rules,
};

use super::policy::Policy;

/// Applies as much of the policy as the kernel knows. Returns whether any of it is in force.
pub(super) fn restrict(policy: &Policy) -> bool {
    let newest = ABI::V6;
    let restricted = || -> Result<RulesetStatus, RulesetError> {
        let mut rules = Ruleset::default().handle_access(AccessFs::from_all(newest))?;
        if !policy.network {
            rules = rules.handle_access(AccessNet::from_all(newest))?;
        }
        let scopes = if policy.network { Scope::Signal.into() } else { Scope::from_all(newest) };
        let reading: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
        let rules = rules.scope(scopes)?.create()?.add_rules(path_beneath_rules(&policy.readable, reading))?;
        Ok(rules.restrict_self()?.ruleset)
    };
    restricted().is_ok_and(|status| status != RulesetStatus::NotEnforced)
}

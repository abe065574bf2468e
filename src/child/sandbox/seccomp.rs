//! Turns the list of permitted system calls into a filter of the kernel (seccomp), and applies it.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter, apply_filter_all_threads, sock_filter,
};

use super::calls::{ALWAYS, LAST, NETWORK, NOT_THERE, OLD, Only, READING};
use super::policy::Policy;

/// Applies the policy to all threads: libraries may have started some of their own.
pub(super) fn restrict(policy: &Policy) -> Result<(), Error> {
    let mut program = says_not_there();
    program.extend(permitted(policy)?);
    apply_filter_all_threads(&program).or_else(|_| apply_filter(&program))
}

/// Permits what is on the list. What is not is an error of permission, and a call by the convention of another architecture
/// (32 bits) ends the process.
fn permitted(policy: &Policy) -> Result<BpfProgram, Error> {
    let wanted = [true, !policy.readable.is_empty(), policy.network];
    let lists = [ALWAYS, READING, NETWORK].into_iter().zip(OLD).zip(wanted);
    let mut calls = BTreeMap::<_, Option<Vec<SeccompRule>>>::new();
    for (call, arguments) in lists.filter(|(_, wanted)| *wanted).flat_map(|((new, old), _)| new.iter().chain(old)) {
        let rules = calls.entry(*call).or_insert_with(|| Some(Vec::new()));
        if arguments.is_empty() {
            *rules = None;
        }
        if let Some(rules) = rules {
            let conditions = arguments.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
            rules.extend(any_of(&conditions)?);
        }
    }
    let calls = calls.into_iter().map(|(call, rules)| (call, rules.unwrap_or_default())).collect();
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    Ok(SeccompFilter::new(calls, refusal, SeccompAction::Allow, arch)?.try_into()?)
}

/// The conditions of which one must be met.
fn condition(only: &Only) -> Result<Vec<SeccompCondition>, BackendError> {
    // The kernel takes no more of these arguments than an `int` holds.
    let is = |argument, operator, value: libc::c_int| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, bits(value))
    };
    Ok(match *only {
        Only::OneOf(argument, values) => {
            values.iter().map(|value| is(argument, SeccompCmpOp::Eq, *value)).collect::<Result<_, _>>()?
        }
        Only::Without(argument, mask) => vec![is(argument, SeccompCmpOp::MaskedEq(bits(mask)), 0)?],
        Only::Masked(argument, mask, value) => vec![is(argument, SeccompCmpOp::MaskedEq(bits(mask)), value)?],
        Only::Null(argument) => {
            vec![SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?]
        }
        Only::Itself(argument) => {
            let own = std::process::id().cast_signed();
            vec![is(argument, SeccompCmpOp::Eq, own)?]
        }
    })
}

/// A rule for each way to meet one condition of every kind.
fn any_of(kinds: &[Vec<SeccompCondition>]) -> Result<Vec<SeccompRule>, BackendError> {
    let mut ways = vec![Vec::new()];
    for kind in kinds {
        let longer = |way: &Vec<SeccompCondition>| {
            kind.iter().map(|one| [way.as_slice(), std::slice::from_ref(one)].concat()).collect::<Vec<_>>()
        };
        ways = ways.iter().flat_map(longer).collect();
    }
    ways.into_iter().map(SeccompRule::new).collect()
}

fn bits(value: libc::c_int) -> u64 {
    value.cast_unsigned().into()
}

/// The beginning of the program: calls that are said not to be there, among them those of later kernels and of the x32
/// convention. seccompiler knows single numbers and no ranges.
fn says_not_there() -> BpfProgram {
    const LOAD_NUMBER: u16 = 0x20;
    const IF_EQUAL: u16 = 0x15;
    const IF_GREATER: u16 = 0x25;
    const RETURN: u16 = 0x06;
    let refusal = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs();
    let instruction = |code, k, jf| sock_filter { code, jt: 0, jf, k };
    let number = |call: libc::c_long| u32::try_from(call).unwrap_or(u32::MAX);
    let refuse = |test, call| [instruction(test, number(call), 1), instruction(RETURN, refusal, 0)];
    let named = NOT_THERE.iter().flat_map(|call| refuse(IF_EQUAL, *call));
    [instruction(LOAD_NUMBER, 0, 0)].into_iter().chain(refuse(IF_GREATER, LAST)).chain(named).collect()
}

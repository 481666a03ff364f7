// SPDX-License-Identifier: Apache-2.0
//! Rust's standard library: the loop over `write_vectored` that its users write. A dynamic library with one C function, so
//! that it takes its turns in the same process as the others.

use std::io::{Error, ErrorKind, IoSlice, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixStream;

#[repr(C)]
pub struct Segment {
    base: *const u8,
    length: usize,
}

fn write_all_vectored(stream: &mut UnixStream, mut slices: &mut [IoSlice<'_>]) -> Result<(), Error> {
    while !slices.is_empty() {
        match stream.write_vectored(slices) {
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Sends the list `calls` times. A call starts from the slices its user holds; the `IoSlice`s are made inside it. The stream
/// type is a Unix one, which does for every stream: it calls `writev` and never looks at the address.
///
/// # Safety
/// `list` has `count` segments of readable memory, and `descriptor` is an open stream socket; none of it is kept.
#[no_mangle]
pub unsafe extern "C" fn rust_write_vectored(descriptor: i32, list: *const Segment, count: usize, calls: usize) -> i32 {
    let mut stream = ManuallyDrop::new(UnixStream::from_raw_fd(descriptor));
    let segments: Vec<&[u8]> =
        (0..count).map(|i| { let s = &*list.add(i); std::slice::from_raw_parts(s.base, s.length) }).collect();
    for _ in 0..calls {
        let mut slices: Vec<IoSlice<'_>> = segments.iter().map(|segment| IoSlice::new(segment)).collect();
        if let Err(error) = write_all_vectored(&mut stream, &mut slices) {
            return error.raw_os_error().unwrap_or(-1);
        }
    }
    0
}

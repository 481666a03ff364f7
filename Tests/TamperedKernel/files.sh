# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# Lists with regions of a file, and calls on that file that fail: strace injects only into calls that name the file, so not into
# those of the loader.

sendfiles='?sendfile,?sendfile64'
preads='?pread64,?pread'
for_sendfile=(list=400000 length=50000 nodelay=1) # with TCP_NODELAY, regions of more than 32 KiB go by sendfile
for_reading=(list=120000 length=9000)

# with_file CALLS INJECTION WHEN KIND [SETTING...]: sends lists with regions of a file, whose calls fail at that rhythm.
with_file() {
  local calls=$1 injection=$2 when=$3 kind=$4 room=20000
  shift 4
  # A datagram that finds no room is lost, and a busy machine may not run the reader for some time.
  [ "$kind" != udp ] || room=2000000
  start_reader "$kind" buffer=$room
  : >"$place/file"
  sender_under=(strace -f -qq -o "$place/trace" -P "$place/file" -e "trace=$calls" -e "inject=$calls:$injection:when=$when")
  exec {file}<>"$place/file"
  send bytes="$amount" buffer=20000 file="$file" "$@"
  exec {file}>&-
  await_reader
  count_injected
}

# The call takes no notice: it reads what sendfile does not take, and everything arrives.
file_passes_over() {
  with_file "$@"
  expect_all "$amount"
}

# The call ends with the error, and its count is what had gone until then.
file_ends_with() {
  local error=$1
  shift
  with_file "$@"
  expect report errors 1
  expect report last "$error"
  expect_counted
}

# Going on from the count gives the whole stream. A read that fails is no error if the call comes to read again, which it does if it had
# bytes to send that stand before.
file_goes_on_after() {
  local error=$1
  shift
  with_file "$@" resume=100000
  expect_between report errors 0 "$value"
  of report last
  case $value in none | "$error") ;; *) fault "the error is $value" ;; esac
  expect report counted "$amount"
  expect_counted
}

# sendfile fails always and is never the error: the time-out is that of a send, and the waits are pauses.
file_never_fits() {
  with_file "$sendfiles" error=EAGAIN 1+1 "$1" "${for_sendfile[@]}" nonblocking=1 within=300
  [ "$value" -le 100 ] || fault "$value offers in 300 ms"
  expect_timeout 300
  expect_counted
}

# A datagram whose file cannot be read is not sent: sent again, it arrives once. One pread for each, of more than malloc keeps for itself.
file_messages() {
  local error=$1
  shift
  with_file "$@" datagrams=40 datagram=8000 length=4000 resume=100000
  expect report errors "$value"
  expect report datagrams 40
  expect_counted
}

inject_into_sendfile() {
  local kind=$1 error when mode
  for when in 1 1+1; do
    for error in EINVAL ENOSYS EIO ENOMEM EOVERFLOW; do
      named "file: $error in sendfile, $kind, $when" \
        file_passes_over "$sendfiles" error=$error "$when" "$kind" "${for_sendfile[@]}"
    done
  done
  for when in "${rhythms[@]}"; do
    for error in EINTR EAGAIN; do
      for mode in '' within=20000 within=-1; do
        named "file: $error in sendfile, $kind, O_NONBLOCK $mode, $when" \
          file_passes_over "$sendfiles" error=$error "$when" "$kind" "${for_sendfile[@]}" nonblocking=1 $mode
      done
      named "file: $error in sendfile, $kind, $when" \
        file_passes_over "$sendfiles" error=$error "$when" "$kind" "${for_sendfile[@]}"
    done
    for error in EPIPE ECONNRESET ENOBUFS; do
      named "file: $error of sendfile ends the send, $kind, $when" \
        file_ends_with "$error" "$sendfiles" error="$error" "$when" "$kind" "${for_sendfile[@]}"
      named "file: $error of sendfile and on from the count, $kind, $when" \
        file_goes_on_after "$error" "$sendfiles" error="$error" "$when" "$kind" "${for_sendfile[@]}"
    done
    named "file: sendfile finds the end, $kind, $when" \
      file_ends_with ENODATA "$sendfiles" retval=0 "$when" "$kind" "${for_sendfile[@]}"
  done
  named "file: EAGAIN in sendfile always, $kind" file_never_fits "$kind"
}

inject_into_reading() {
  local kind=$1 error when
  for when in "${rhythms[@]}"; do
    named "file: EINTR in pread, $kind, $when" file_passes_over "$preads" error=EINTR "$when" "$kind" "${for_reading[@]}"
    named "file: EINTR in pread, $kind with a time-out, $when" \
      file_passes_over "$preads" error=EINTR "$when" "$kind" "${for_sendfile[@]}" within=20000
    for error in EIO ENOMEM; do
      named "file: $error of pread and on from the count, $kind, $when" \
        file_goes_on_after $error "$preads" error=$error "$when" "$kind" "${for_reading[@]}"
      named "file: $error of pread and on from the count, $kind with a time-out, $when" \
        file_goes_on_after $error "$preads" error=$error "$when" "$kind" "${for_sendfile[@]}" within=20000
    done
  done
  for error in EIO ENOMEM EBADF; do
    named "file: $error of pread ends the send, $kind" file_ends_with $error "$preads" error=$error 9+1 "$kind" "${for_reading[@]}"
  done
  named "file: EAGAIN of pread ends the send as EIO, $kind" \
    file_ends_with EIO "$preads" error=EAGAIN 9+1 "$kind" "${for_reading[@]}"
  named "file: pread finds the end, $kind" file_ends_with ENODATA "$preads" retval=0 9+1 "$kind" "${for_reading[@]}"
}

file_cases() {
  strace -qq -o /dev/null -e inject=getppid:error=EINTR true 2>/dev/null || return 0 # injected_cases has said so
  local kind error when
  for kind in tcp unix; do
    inject_into_sendfile $kind
    inject_into_reading $kind
  done
  for kind in udp unix-datagram seqpacket; do
    for when in "${rhythms[@]}"; do
      for error in EIO ENOMEM; do
        named "file: $error of pread refuses a message, $kind, $when" file_messages $error "$preads" error=$error "$when" "$kind"
      done
    done
  done
}

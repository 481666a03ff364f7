# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share their variables
# System calls that fail though nothing is wrong, by strace: the kernel does not do the call, and the program sees an error.
# An injected error means that nothing was sent by that call.

sends='?send,sendto,sendmsg' # send(2) is sendto where the kernel has no call of that name
polls='?poll,?ppoll'
small=(bytes="$amount" list=120000 buffer=20000) # several system calls to a list
slow=(buffer=20000 pause_us=200)                # and several waits
messages=(datagrams=40 longest=1500)

# tampered CALLS ERROR WHEN: the sender's calls fail at that rhythm, which is strace's: FIRST, FIRST+STEP, FIRST..LAST.
tampered() {
  sender_under=(strace -f -qq -o "$place/trace" -e "trace=$1" -e "inject=$1:error=$2:when=$3")
}

# How often it happened, in the variable value. None is a fault: such a case would show nothing.
count_injected() {
  value=$(grep -c INJECTED "$place/trace")
  [ "$value" -gt 0 ] || fault "strace has injected nothing: $(tail -n 1 "$place/trace")"
}

# The call takes no notice: everything arrives and no error comes out.
passes_over() {
  local kind=$1 calls=$2 error=$3 when=$4
  shift 4
  tampered "$calls" "$error" "$when"
  start_reader "$kind" "${slow[@]}"
  send "${small[@]}" "$@"
  await_reader
  count_injected
  expect_all "$amount"
}

# The call ends with the error, and its count is what had gone until then.
ends_with() {
  local kind=$1 error=$2 when=$3
  shift 3
  tampered "$sends" "$error" "$when"
  start_reader "$kind"
  send "${small[@]}" "$@"
  await_reader
  count_injected
  expect report errors 1
  expect report last "$error"
  expect_counted
}

# Every injected error comes out, and going on from the count gives the whole stream: no byte is lost, none is doubled.
goes_on_after() {
  local kind=$1 error=$2 when=$3
  shift 3
  tampered "$sends" "$error" "$when"
  start_reader "$kind"
  send "${small[@]}" resume=100000 "$@"
  await_reader
  count_injected
  expect report errors "$value"
  expect report counted "$amount"
  expect_counted
}

# A list of several batches asks the socket what kind it is, and a call that has to wait asks how: a question that is refused comes
# out with the count. Going on gives the whole stream.
asks_in_vain() {
  # Eight lists, each longer than the buffers: so the fifth question is asked in every run.
  local amount=1000000
  local kind=$1 calls=$2 error=$3 when=$4
  shift 4
  tampered "$calls" "$error" "$when"
  start_reader "$kind" "${slow[@]}"
  send "${small[@]}" bytes="$amount" resume=1000 "$@"
  await_reader
  count_injected
  expect_between report errors 0 "$value"
  of report last
  case $value in none | "$error") ;; *) fault "the error is $value" ;; esac
  expect report counted "$amount"
  expect_counted
}

# Every question is refused: the first call that has to ask ends with that error, and with the count.
never_told() {
  local kind=$1 calls=$2 error=$3
  shift 3
  tampered "$calls" "$error" 1+1
  start_reader "$kind" "${slow[@]}"
  send "${small[@]}" "$@"
  await_reader
  count_injected
  expect report errors 1
  expect report last "$error"
  expect_counted
}

# The first offers of every send are answered EAGAIN: a call that may not wait says so, and goes on later.
nothing_fits() {
  tampered "$sends" EAGAIN "$2"
  start_reader "$1"
  send "${small[@]}" "$3"
  await_reader
  count_injected
  expect_between report full 1 100000
  expect_all "$amount"
}

# Nothing ever fits though poll says that there is room: the time-out holds, and the waits are pauses, not a busy loop.
never_fits() {
  tampered "$sends" EAGAIN 1+1
  start_reader "$1"
  send "${small[@]}" within=300
  await_reader
  count_injected
  [ "$value" -le 100 ] || fault "$value offers in 300 ms"
  expect_timeout 300
  expect report counted 0
  expect_counted
}

# poll fails always while the reader reads nothing: the time-out holds, and the waits are sleeps, not a busy loop.
never_polls() {
  tampered "$polls" "$2" 1+1
  start_reader "$1" stall=0
  send "${small[@]}" within=300
  await_reader
  count_injected
  [ "$value" -le 100 ] || fault "$value polls in 300 ms"
  expect_timeout 300
  expect_counted
}

# EINTR and EAGAIN on a datagram: it goes all the same, once.
datagrams_pass_over() {
  local kind=$1 error=$2 when=$3
  shift 3
  tampered "$sends" "$error" "$when"
  start_reader "$kind"
  send "${messages[@]}" "$@"
  await_reader
  count_injected
  expect report errors 0
  expect report datagrams 40
  expect_counted
}

# A datagram that was refused has not arrived: sent again, it arrives once.
datagrams_go_on_after() {
  local kind=$1 error=$2 when=$3
  tampered "$sends" "$error" "$when"
  start_reader "$kind"
  send "${messages[@]}" resume=1000
  await_reader
  count_injected
  expect report errors "$value"
  expect report datagrams 40
  expect_counted
}

inject_into_streams() {
  local kind=$1 error when
  for when in "${rhythms[@]}"; do
    for error in EINTR EAGAIN; do
      named "$error in send, $kind, $when" passes_over "$kind" "$sends" $error "$when"
      named "$error in send, $kind with a time-out, $when" passes_over "$kind" "$sends" $error "$when" within=20000
      named "$error in send, $kind for ever, $when" passes_over "$kind" "$sends" $error "$when" within=-1
    done
    for error in "${refusals[@]}"; do
      named "$error ends the send, $kind, $when" ends_with "$kind" "$error" "$when"
      named "$error ends the send, $kind with a time-out, $when" ends_with "$kind" "$error" "$when" within=20000
      named "$error and on from the count, $kind, $when" goes_on_after "$kind" "$error" "$when"
      named "$error and on from the count, $kind with a time-out, $when" goes_on_after "$kind" "$error" "$when" within=20000
    done
    named "EAGAIN, $kind with MSG_DONTWAIT, $when" nothing_fits "$kind" "$when" nowait=1
    named "EAGAIN, $kind with O_NONBLOCK, $when" nothing_fits "$kind" "$when" nonblocking=1
  done
  named "EINTR in send twenty times in a row, $kind" passes_over "$kind" "$sends" EINTR 2..21
  named "EAGAIN in send twenty times in a row, $kind with a time-out" passes_over "$kind" "$sends" EAGAIN 2..21 within=20000
  named "EAGAIN always, $kind with a time-out" never_fits "$kind"
}

inject_into_waits() {
  local kind=$1 error when
  for error in EINTR EAGAIN ENOMEM; do
    for when in 1+1 "${rhythms[@]}"; do
      named "$error in poll, $kind, $when" passes_over "$kind" "$polls" $error "$when" within=20000
    done
  done
  named "EINTR in poll always, $kind stalled" never_polls "$kind" EINTR
  thorough "EAGAIN in poll always, $kind stalled" never_polls "$kind" EAGAIN
  thorough "ENOMEM in poll always, $kind stalled" never_polls "$kind" ENOMEM
}

inject_into_questions() {
  local kind=$1 error when
  for error in "${refusals[@]}"; do
    for when in 1 2 5; do
      named "$error in getsockopt, $kind, $when" asks_in_vain "$kind" getsockopt "$error" $when
      named "$error in fcntl, $kind, $when" asks_in_vain "$kind" '?fcntl,?fcntl64' "$error" $when
    done
    named "$error in getsockopt always, $kind, lists of one batch" never_told "$kind" getsockopt "$error" length=2000
    named "$error in fcntl always, $kind" never_told "$kind" '?fcntl,?fcntl64' "$error"
  done
  for when in 1 2 1+2; do
    named "EINTR in getsockopt, $kind, $when" passes_over "$kind" getsockopt EINTR $when
    named "EINTR in fcntl, $kind, $when" passes_over "$kind" '?fcntl,?fcntl64' EINTR $when
  done
}

inject_into_datagrams() {
  local kind=$1 error when
  for when in "${rhythms[@]}"; do
    for error in EINTR EAGAIN; do
      named "$error in send, $kind, $when" datagrams_pass_over "$kind" $error "$when"
      named "$error in send, $kind with a time-out, $when" datagrams_pass_over "$kind" $error "$when" within=20000
    done
    for error in "${refusals[@]}"; do
      named "$error refuses a datagram, $kind, $when" datagrams_go_on_after "$kind" "$error" "$when"
    done
  done
}

injected_cases() {
  if ! strace -qq -o /dev/null -e inject=getppid:error=EINTR true 2>/dev/null; then
    named 'injected errors' fault 'strace may not trace here'
    return
  fi
  local kind
  for kind in tcp unix; do
    inject_into_streams $kind
    inject_into_waits $kind
    inject_into_questions $kind
  done
  for kind in udp unix-datagram seqpacket; do
    inject_into_datagrams $kind
  done
}

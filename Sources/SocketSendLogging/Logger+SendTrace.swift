// SPDX-License-Identifier: Apache-2.0

#if Logging
  public import Logging
  public import SocketSend

  extension Logger {
    /// Logs what a send did: one message, `SocketSend`, with the fields of the trace as metadata.
    ///
    /// ```swift
    /// SendTrace.observe { logger.log($0) }
    /// ```
    ///
    /// - Parameters:
    ///   - trace: What the send did.
    ///   - level: The level of the message, whether or not the send failed. In many programs a time-out is not a fault.
    public func log(_ trace: SendTrace, level: Level = .debug) {
      log(level: level, "SocketSend", metadata: trace.metadata)
    }
  }

  extension SendTrace {
    /// The fields of the line that `SOCKETSEND_TRACE` writes, under the names that they have there.
    var metadata: Logger.Metadata {
      var metadata: Logger.Metadata = [
        "fd": "\(descriptor.rawValue)", "segments": "\(segments)", "asked": "\(bytesAsked)",
        "accepted": "\(bytesAccepted)", "calls": "\(systemCalls)", "waits": "\(waits)",
        "microseconds": "\(duration.timeoutNanoseconds / 1000)", "outcome": "ok",
      ]
      if let error {
        metadata["outcome"] = "\(error.code.name)"
        metadata["errno"] = "\(error.errno)"
      }
      return metadata
    }
  }
#endif

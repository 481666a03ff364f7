// SPDX-License-Identifier: Apache-2.0
// Another file of the module imports SocketSendAsync. This changes no send of Sends.swift into one that blocks or does not.

import SocketSendAsync

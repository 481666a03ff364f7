// SPDX-License-Identifier: Apache-2.0

// Block: let (client, server) = try Socket.pair()
//> 26 Content-Length: 5
//>
//> hello

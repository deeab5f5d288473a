// account.html and history.html: one script for both, because who opens one soon opens the other.

import { beginAccount } from "./account.js";
import { beginHistory } from "./history.js";

if (document.getElementById("account")) void beginAccount();
else void beginHistory();

// Verifies messages of Amazon SNS as receivers do. It reads a message a line and
// answers with {"accepted": true} or {"refused": "why"}. The argument is the host
// that certificates may come from.
'use strict';

const readline = require('readline');
const MessageValidator = require('../sdks/js/node_modules/sns-validator');

const escaped = process.argv[2].replace(/[.]/g, '\\.');
const validator = new MessageValidator(new RegExp('^' + escaped + '$'));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  validator.validate(line, (err) => {
    console.log(JSON.stringify(err ? { refused: err.message } : { accepted: true }));
  });
});

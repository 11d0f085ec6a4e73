// Every version of NestJS, and 12 both ways.

import { stories } from '../support/forms.mjs';

stories(10);
stories(12);
stories(12, { modules: true });

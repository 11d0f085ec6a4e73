// NestJS 11 with its own ws.

import { stories } from './support/forms.mjs';

stories(11);

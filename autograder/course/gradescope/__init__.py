"""An assignment as an autograder of Gradescope: the zip is made here, and judges there."""

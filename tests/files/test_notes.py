"""Notes are few, and all are counted."""

from sdcert.files.notes import FileNote, Notes


def test_of_many_notes_a_few_are_kept_and_all_counted():
    notes = Notes()
    for line in range(50):
        notes.add(FileNote("total", line))
        notes.once("tab-behind", line)
    assert (len(list(notes)), notes.counts) == (21, {"total": 50, "tab-behind": 1})

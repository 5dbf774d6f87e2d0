export type Note = { text: string; authorId: string; reports: number };

/** What the application is about; in memory, to keep the example short. */
export function createNotes() {
  const notes: Note[] = [];
  return {
    of: (authorId: string) => notes.filter((note) => note.authorId === authorId),
    write({ text, authorId }: Pick<Note, "text" | "authorId">): Note {
      const note = { text, authorId, reports: 0 };
      notes.push(note);
      return note;
    },
  };
}

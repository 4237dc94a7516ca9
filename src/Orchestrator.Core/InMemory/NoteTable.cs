using Orchestrator.Storage;

namespace Orchestrator.Core.InMemory;

/// <summary>The notes. Safe for concurrent use.</summary>
internal sealed class NoteTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Note> _notes = new(StringComparer.Ordinal);

    public Note? Find(string key)
    {
        lock (_gate)
        {
            return _notes.GetValueOrDefault(key);
        }
    }

    /// <param name="key">The note.</param>
    /// <param name="value">Its value from now on.</param>
    /// <param name="expectedVersion">The version that it must stand at.</param>
    /// <param name="written">Called with the write, before anybody sees it.</param>
    /// <returns>Whether it stood there, and was written.</returns>
    public bool TryWrite(string key, string value, long expectedVersion, Action written)
    {
        lock (_gate)
        {
            if ((_notes.GetValueOrDefault(key)?.Version ?? 0) != expectedVersion)
            {
                return false;
            }

            _notes[key] = new Note(key, value, expectedVersion + 1);
            written();
            return true;
        }
    }
}

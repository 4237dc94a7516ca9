namespace Orchestrator.Storage.Conformance;

/// <summary>Notes change by compare-and-set.</summary>
public abstract class NoteSuite(IStoreFactory stores) : StoreSuite(stores)
{
    [Fact]
    public async Task A_note_is_written_by_whoever_knows_its_version()
    {
        var other = await OpenAnotherAsync();

        Assert.Null(await Store.ReadNoteAsync("n", CancellationToken.None));
        Assert.False(await Store.TryWriteNoteAsync("n", "early", 1, null));
        Assert.Null(await Store.ReadNoteAsync("n", CancellationToken.None));
        Assert.True(await Store.TryWriteNoteAsync("n", "one", 0, null));
        Assert.False(await other.TryWriteNoteAsync("n", "again", 0, null));
        Assert.Equal(new Note("n", "one", 1), await other.ReadNoteAsync("n", CancellationToken.None));
        Assert.False(await Store.TryWriteNoteAsync("n", "ahead", 2, null));
        Assert.True(await other.TryWriteNoteAsync("n", "two", 1, null));
        Assert.False(await Store.TryWriteNoteAsync("n", "late", 1, null));
        Assert.Equal(new Note("n", "two", 2), await Store.ReadNoteAsync("n", CancellationToken.None));
    }

    [Fact]
    public async Task A_note_that_is_written_as_it_stands_is_one_version_on()
    {
        for (var version = 0; version < 5; version++)
        {
            Assert.True(await Store.TryWriteNoteAsync("n", "same", version, null));
            Assert.Equal(new Note("n", "same", version + 1), await Store.ReadNoteAsync("n", CancellationToken.None));
        }
    }

    [Fact]
    public async Task Notes_are_apart_by_every_character_of_their_keys()
    {
        string[] keys = ["n", "N", "n ", "publisher:a/b", "größe", "n%", "n_", new string('k', 128), new string('k', 127)];
        foreach (var key in keys)
        {
            Assert.True(await Store.TryWriteNoteAsync(key, key, 0, null));
        }

        foreach (var key in keys)
        {
            Assert.Equal(new Note(key, key, 1), await Store.ReadNoteAsync(key, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_note_holds_4096_characters_or_none()
    {
        string[] values = ["", new string('€', 4_096), string.Concat(Enumerable.Repeat("😂", 2_048)), "{\"a\": 1}\n\t'"];
        foreach (var (version, value) in values.Index())
        {
            Assert.True(await Store.TryWriteNoteAsync("n", value, version, null));
            Assert.Equal(new Note("n", value, version + 1), await Store.ReadNoteAsync("n", CancellationToken.None));
        }
    }

    [Fact]
    public async Task An_event_of_the_fleet_is_told_with_its_note_and_only_with_it()
    {
        Assert.False(await Store.TryWriteNoteAsync("n", "x", 7, Samples.OfFleet()));
        Assert.Empty(await Store.ReadWholeFeedAsync());
        Assert.True(await Store.TryWriteNoteAsync("n", "x", 0, Samples.OfFleet()));
        Assert.False(await Store.TryWriteNoteAsync("n", "x", 0, Samples.OfFleet(2)));
        Assert.True(await Store.TryWriteNoteAsync("n", "x", 1, null));
        Same.As(new[] { Samples.OfFleet() }, await Store.ReadWholeFeedAsync());
    }
}

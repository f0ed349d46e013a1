using RlCore.Trainers.Files;

namespace RlCore.Trainers.Tests.Checkpoints;

/// <summary>A disk that runs full leaves what was there, and nothing half-written.</summary>
public class DurableFilesLaws
{
    private static readonly Action<Stream> Full = stream =>
    {
        stream.Write(new byte[1 << 17]);
        throw new IOException("No space left on device");
    };

    [Fact]
    public void A_file_that_cannot_be_written_is_what_it_was()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.csv", "before");
        Assert.Throws<IOException>(() => DurableFiles.WriteFile(file, Full));
        Assert.Equal(("before", 1), (File.ReadAllText(file), Directory.GetFileSystemEntries(folder.Path).Length));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_what_it_was()
    {
        using var folder = new TemporaryFolder();
        string target = Path.Combine(folder.Path, "step-1");
        DurableFiles.WriteFolder(target, new Dictionary<string, Action<Stream>> { ["a"] = stream => stream.WriteByte(1) });
        Assert.Throws<IOException>(
            () => DurableFiles.WriteFolder(
                target,
                new Dictionary<string, Action<Stream>> { ["a"] = stream => stream.WriteByte(2), ["b"] = Full }));
        Assert.Equal([1], File.ReadAllBytes(Path.Combine(target, "a")));
        Assert.Equal([target], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Whether_a_file_can_be_written_is_known_before()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.csv", "before");
        DurableFiles.RequireWritable(file);
        Assert.Equal(("before", 1), (File.ReadAllText(file), Directory.GetFileSystemEntries(folder.Path).Length));
        Assert.ThrowsAny<IOException>(() => DurableFiles.RequireWritable(Path.Combine(file, "below.csv")));
    }

    [Fact]
    public void A_file_too_large_for_its_place_is_told_as_a_full_disk()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "a");
        IOException failure = Assert.Throws<IOException>(
            () => DurableFiles.WriteFile(file, _ => throw new ArgumentOutOfRangeException("value")));
        Assert.StartsWith("File too large : ", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => DurableFiles.WriteFile(file, _ => throw new ArgumentOutOfRangeException("other")));
    }
}

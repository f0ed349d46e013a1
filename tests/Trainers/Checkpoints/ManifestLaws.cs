using System.Security.Cryptography;
using System.Text.Json;
using FsCheck.Fluent;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Checkpoints;

/// <summary>What a checkpoint's manifest.json promises.</summary>
public class ManifestLaws
{
    [Fact]
    public void A_flipped_bit_anywhere_is_found_in_the_file_where_it_is()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(CheckpointStoreLaws.Content(1, stageDone: false));
        var files = Directory.GetFiles(checkpoint).ToDictionary(file => file, File.ReadAllBytes);
        Laws.Hold(
            from file in Gen.Elements(files.Keys.AsEnumerable())
            from place in Gen.Choose(0, files[file].Length - 1)
            from bit in Gen.Choose(0, 7)
            select (file, place, bit),
            sample =>
            {
                byte[] bytes = [.. files[sample.file]];
                bytes[sample.place] ^= (byte)(1 << sample.bit);
                File.WriteAllBytes(sample.file, bytes);
                try
                {
                    bool isManifest = Path.GetFileName(sample.file) == Manifest.FileName;
                    return Problems(folder.Path).Any(problem => problem.File == sample.file || isManifest);
                }
                finally
                {
                    File.WriteAllBytes(sample.file, files[sample.file]);
                }
            },
            count: 300);
        Assert.Empty(Problems(folder.Path));
    }

    [Fact]
    public void Every_file_is_listed_with_its_size_and_its_hash()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(CheckpointStoreLaws.Content(1, stageDone: false));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(checkpoint, "manifest.json")));
        Assert.Equal(
            Directory.GetFiles(checkpoint).Where(file => !file.EndsWith("manifest.json", StringComparison.Ordinal))
                .Select(file => (Name: Path.GetFileName(file), Bytes: File.ReadAllBytes(file)))
                .Select(file => (file.Name, (long)file.Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(file.Bytes))))
                .Order(),
            manifest.RootElement.EnumerateObject()
                .Select(file => (file.Name, file.Value.GetProperty("bytes").GetInt64(), file.Value.GetProperty("sha256").GetString()!))
                .Order());
    }

    [Fact]
    public void Files_that_are_gone_cut_off_or_not_listed_are_named_together()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(CheckpointStoreLaws.Content(1, stageDone: false));
        string In(string name) => Path.Combine(checkpoint, name);
        File.Delete(In("tokenizer.json"));
        File.WriteAllBytes(In("model.safetensors"), File.ReadAllBytes(In("model.safetensors"))[..100]);
        File.WriteAllText(In("extra.safetensors"), "x");
        File.WriteAllText(In("notes.txt"), "mine");
        InputProblem[] problems = [.. Problems(folder.Path)];
        Assert.Equal(
            [In("model.safetensors"), In("tokenizer.json"), In("extra.safetensors")], problems.Select(problem => problem.File));
        Assert.Equal(["100 bytes", "no such file", "a file"], problems.Select(problem => problem.Found));
        Assert.Throws<InputException>(() => ModelFolder.Load(checkpoint));
    }

    [Fact]
    public void A_checkpoint_without_a_manifest_is_no_checkpoint_and_may_be_a_model_of_another_program()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(CheckpointStoreLaws.Content(1, stageDone: false));
        File.Delete(Path.Combine(checkpoint, "manifest.json"));
        Assert.Equal(Path.Combine(checkpoint, "manifest.json"), Assert.Single(Problems(folder.Path)).File);
        Assert.Equal(checkpoint, ModelFolder.Load(checkpoint).Folder);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{ "a": 1 }""")]
    [InlineData("""{ "a": { "bytes": 1 } }""")]
    [InlineData("""{ "a": { "bytes": "1", "sha256": "" } }""")]
    [InlineData("""{ "a": { "bytes": 1e99, "sha256": "" } }""")]
    [InlineData("""{ "a\ud800": { "bytes": 1, "sha256": "" } }""")]
    public void A_manifest_that_is_none_is_refused(string json)
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(CheckpointStoreLaws.Content(1, stageDone: false));
        File.WriteAllText(Path.Combine(checkpoint, "manifest.json"), json);
        Assert.Equal("no list of files", Assert.Single(Problems(folder.Path)).Found);
    }

    // By a store that has not written the checkpoint itself.
    private static IReadOnlyList<InputProblem> Problems(string run)
    {
        try
        {
            Assert.True(new CheckpointStore(run, keep: 1).TryLoadLatest(out _));
            return [];
        }
        catch (InputException damage)
        {
            return damage.Problems;
        }
    }
}

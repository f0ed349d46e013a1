using RlCore.Trainers.Hub;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>A name becomes a folder: what is in the cache, in the layout of huggingface_hub, or what a hub has.</summary>
public sealed class ModelHubLaws
{
    private const string Weights = "model.safetensors";

    private static readonly string[] Needed = ["config.json", "tokenizer.json", "tokenizer_config.json", Weights];

    [Fact]
    public void A_folder_that_exists_is_itself()
    {
        using var c = new HubCase();
        using var folder = new TemporaryFolder();
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.Path);
        Assert.Equal(folder.Path, c.Resolve(relative));
        Assert.Empty(c.Hub.Requests);
    }

    [Theory]
    [InlineData("org/tiny", "main")]
    [InlineData("org/tiny@v1", "v1")]
    [InlineData("org/tiny@refs/pr/1", "refs/pr/1")]
    public void A_branch_or_tag_is_downloaded_into_the_layout_of_huggingface_hub(string name, string revision)
    {
        using var c = new HubCase();
        Assert.Equal(c.Snapshot(), c.Resolve(name));
        Assert.True(c.IsExact(c.Snapshot(), Needed));
        Assert.Equal(Needed.Order(), Directory.EnumerateFiles(c.Snapshot()).Select(Path.GetFileName).Order());
        Assert.Equal(FakeHub.FirstCommit, File.ReadAllText(Path.Combine([c.ModelFolder, "refs", .. revision.Split('/')])));
        foreach (string file in Needed)
        {
            string link = new FileInfo(Path.Combine(c.Snapshot(), file)).LinkTarget ?? "";
            Assert.Equal(Path.Combine("..", "..", "blobs", FakeHub.Etag(file, c.Hub.Files[file])), link);
        }

        Assert.Equal(Needed.Order(), c.Hub.Asked.Order());
    }

    [Fact]
    public void A_commit_leaves_no_ref_and_is_found_again_without_any_request()
    {
        using var c = new HubCase();
        string first = c.Resolve($"{FakeHub.Id}@{FakeHub.FirstCommit}");
        int requests = c.Hub.Requests.Count;
        Assert.False(Directory.Exists(Path.Combine(c.ModelFolder, "refs")));
        Assert.Equal(first, c.Resolve($"{FakeHub.Id}@{FakeHub.FirstCommit}"));
        Assert.Equal(requests, c.Hub.Requests.Count);
    }

    [Theory]
    [InlineData("org/tiny", "1")]
    [InlineData("org/tiny@v1", "True")]
    [InlineData("org/tiny@0123456789abcdef0123456789abcdef01234567", "0")]
    public void A_cache_that_huggingface_hub_made_is_used_as_it_is(string name, string offline)
    {
        using var c = new HubCase();
        MakeCache(c);
        c.Environment["HF_HUB_OFFLINE"] = offline;
        Assert.Equal(c.Snapshot(), c.Resolve(name));
        Assert.Empty(c.Hub.Requests);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData(Weights)]
    public void Offline_a_cache_that_lacks_a_file_is_not_enough(string missing)
    {
        using var c = new HubCase();
        MakeCache(c);

        // A link whose blob is gone.
        File.Delete(c.Blob(missing));
        c.Environment["HF_HUB_OFFLINE"] = "yes";
        Assert.Equal(
            $"model org/tiny: found not in the cache {c.Cache}, or not completely, while HF_HUB_OFFLINE forbids to ask {c.Hub.Address}/; "
                + "expected a model in the cache, a folder that exists, or HF_HUB_OFFLINE=0 for a download.",
            c.Fail());
        Assert.Empty(c.Hub.Requests);
        c.Environment["HF_HUB_OFFLINE"] = "0";
        Assert.True(c.IsExact(c.Resolve(), missing));
        Assert.Equal([missing], c.Hub.Asked);
    }

    [Fact]
    public void A_branch_that_has_moved_brings_only_what_changed()
    {
        using var c = new HubCase();
        string old = c.Resolve();
        int asked = c.Hub.Asked.Count;
        byte[] weights = c.Hub.Files[Weights];
        string commit = new('b', 40);
        c.Hub.Refs["main"] = commit;
        c.Hub.Files[Weights] = FakeHub.Bytes(400, 9);
        Assert.Equal(c.Snapshot(commit), c.Resolve());
        Assert.True(c.IsExact(c.Snapshot(commit), Needed));
        Assert.Equal([Weights], c.Hub.Asked.Skip(asked));
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(old, Weights)));
        Assert.Equal(commit, File.ReadAllText(Path.Combine(c.ModelFolder, "refs", "main")));
    }

    [Fact]
    public void A_download_that_fails_leaves_the_branch_at_the_copy_that_is_complete()
    {
        using var c = new HubCase();
        string old = c.Resolve();
        c.Hub.Refs["main"] = new string('b', 40);
        c.Hub.Files[Weights] = FakeHub.Bytes(400, 9);
        c.Hub.Change = (request, answer) =>
            request.Path.EndsWith(Weights, StringComparison.Ordinal) ? answer with { Cut = 0 } : answer;
        Assert.Contains("broken connection", c.Fail(), StringComparison.Ordinal);
        c.Environment["HF_HUB_OFFLINE"] = "1";
        Assert.Equal(old, c.Resolve());
    }

    [Fact]
    public void The_cached_copy_of_a_branch_is_used_while_the_hub_is_away()
    {
        using var c = new HubCase();
        string snapshot = c.Resolve();
        c.Hub.Change = (_, _) => new LoopbackAnswer(503, []);
        int requests = c.Hub.Requests.Count;
        Assert.Equal(snapshot, c.Resolve());
        Assert.Equal(requests + 1, c.Hub.Requests.Count);
        c.Hub.Dispose();
        Assert.Equal(snapshot, c.Resolve());
        Assert.All(c.Notes, note => Assert.EndsWith(
            $"; using the copy in the cache, commit {FakeHub.FirstCommit}", note, StringComparison.Ordinal));
        Assert.Equal(2, c.Notes.Count);
    }

    [Fact]
    public void Without_links_a_snapshot_has_the_files_themselves()
    {
        using var c = new HubCase();
        c.Environment["HF_HUB_DISABLE_SYMLINKS"] = "1";
        string snapshot = c.Resolve();
        Assert.True(c.IsExact(snapshot, Needed));
        Assert.All(Directory.EnumerateFiles(snapshot), file => Assert.Null(new FileInfo(file).LinkTarget));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(c.ModelFolder, "blobs")));
        int asked = c.Hub.Asked.Count;
        Assert.Equal(snapshot, c.Resolve());
        Assert.Equal(asked, c.Hub.Asked.Count);

        // A blob that is there belongs to other snapshots: it is copied.
        using var other = new HubCase();
        MakeCache(other);
        File.Delete(Path.Combine(other.Snapshot(), Weights));
        other.Environment["HF_HUB_DISABLE_SYMLINKS"] = "1";
        Assert.True(other.IsExact(other.Resolve(), Weights));
        Assert.True(File.Exists(other.Blob(Weights)));
        Assert.Empty(other.Hub.Asked);
    }

    [Fact]
    public void The_files_with_the_weights_are_those_that_the_index_names()
    {
        using var c = new HubCase(FakeHub.Sharded());
        c.Hub.Files["model-00003-of-00003.safetensors"] = new byte[10];
        string[] weights = ["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        Assert.True(c.IsExact(c.Resolve(), weights));
        Assert.Equal(weights, c.Hub.Asked.TakeLast(3));
        Assert.DoesNotContain("model-00003-of-00003.safetensors", c.Hub.Asked);

        // One shard short, the snapshot is incomplete.
        File.Delete(Path.Combine(c.Snapshot(), weights[1]));
        c.Environment["HF_HUB_OFFLINE"] = "1";
        Assert.Contains("not completely", c.Fail(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil.safetensors")]
    [InlineData("/etc/evil.safetensors")]
    [InlineData("sub/evil.safetensors")]
    [InlineData("..\\evil.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("model.bin")]
    [InlineData("")]
    [InlineData("absent.safetensors")]
    public void An_index_that_names_another_kind_of_file_is_refused(string name)
    {
        using var c = new HubCase(FakeHub.Sharded(name));
        if (name != "absent.safetensors")
        {
            c.Hub.Files[name] = FakeHub.Bytes(10, 1);
        }

        string message = c.Fail();
        Assert.StartsWith(Path.Combine(c.Snapshot(), "model.safetensors.index.json"), message, StringComparison.Ordinal);
        Assert.DoesNotContain(c.Hub.Asked, file => file.EndsWith(".safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public void An_adapter_is_its_configuration_and_its_weights()
    {
        using var c = new HubCase(new Dictionary<string, byte[]>
        {
            ["adapter_config.json"] = "{\"peft_type\": \"LORA\"}"u8.ToArray(),
            ["adapter_model.safetensors"] = FakeHub.Bytes(50, 4),
            ["training_args.bin"] = new byte[9],
        });
        Assert.True(c.IsExact(c.Resolve(), "adapter_config.json", "adapter_model.safetensors"));
        c.Environment["HF_HUB_OFFLINE"] = "1";
        Assert.Equal(c.Snapshot(), c.Resolve());
    }

    [Theory]
    [InlineData(Weights, "found no model.safetensors, only pytorch_model.bin; expected safetensors files; convert it in Python")]
    [InlineData("tokenizer.json", "found no tokenizer.json, only vocab.json; expected a tokenizer.json; make one in Python")]
    [InlineData("config.json", "found no config.json; expected the repository of a model that transformers can load")]
    public void A_repository_without_a_file_that_must_be_there_is_refused_before_any_download(string missing, string message)
    {
        using var c = new HubCase();
        c.Hub.Files["vocab.json"] = [];
        c.Hub.Files.Remove(missing);
        Assert.Contains(message, c.Fail(), StringComparison.Ordinal);
        Assert.Empty(c.Hub.Asked);
        Assert.False(Directory.Exists(c.ModelFolder));
    }

    [Fact]
    public void Names_are_read_and_written_back()
    {
        foreach (string text in new[] { "org/name", "Qwen/Qwen2.5-0.5B", "a/b@v1.0", "a/b@refs/pr/12", "_a/b_c.d-e@main-2" })
        {
            Assert.True(ModelName.TryParse(text, out ModelName name), text);
            Assert.Equal(text, name.ToString());
        }

        Assert.True(ModelName.TryParse("a/b@main", out ModelName main));
        Assert.Equal("a/b", main.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpt2")]
    [InlineData("./models/tiny")]
    [InlineData("../tiny")]
    [InlineData("/models/tiny")]
    [InlineData("a/b/c")]
    [InlineData("a\\b")]
    [InlineData("a/b.git")]
    [InlineData("a/b--c")]
    [InlineData("a/b..c")]
    [InlineData("-a/b")]
    [InlineData("a/b.")]
    [InlineData("a/b@")]
    [InlineData("a/b@../../etc")]
    [InlineData("a/b@x//y")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@.hidden")]
    [InlineData("a/b@x y")]
    [InlineData("a/b@x?y")]
    [InlineData("a/b\n")]
    [InlineData("ä/b")]
    public void What_is_neither_folder_nor_name_is_refused_without_a_request(string from)
    {
        using var c = new HubCase();
        Assert.Contains("no such folder; expected a folder with the files of a model; or", c.Fail(from), StringComparison.Ordinal);
        Assert.Empty(c.Hub.Requests);
    }

    // As huggingface_hub writes it: relative links, refs without a line's end.
    private static void MakeCache(HubCase c)
    {
        foreach (string folder in new[] { "refs", "blobs", c.Snapshot() })
        {
            Directory.CreateDirectory(Path.Combine(c.ModelFolder, folder));
        }

        File.WriteAllText(Path.Combine(c.ModelFolder, "refs", "main"), FakeHub.FirstCommit);
        File.WriteAllText(Path.Combine(c.ModelFolder, "refs", "v1"), FakeHub.FirstCommit);
        foreach (string file in Needed)
        {
            File.WriteAllBytes(c.Blob(file), c.Hub.Files[file]);
            File.CreateSymbolicLink(Path.Combine(c.Snapshot(), file), Path.Combine("..", "..", "blobs", Path.GetFileName(c.Blob(file))));
        }
    }
}

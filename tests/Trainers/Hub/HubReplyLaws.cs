using System.Net;
using System.Text;
using FsCheck.Fluent;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>What a hub may answer instead of a file, and what the user is told.</summary>
public sealed class HubReplyLaws
{
    private const string Weights = "model.safetensors";

    [Theory]
    [InlineData(404, "RepoNotFound", "", "found no such model (status 404); expected a name org/name as it stands at ")]
    [InlineData(401, "", "", "found no model of this name that may be read as you are (status 401); expected the name of a public model")]
    [InlineData(401, "", "hf_x", "HF_TOKEN is set, or a token file exists, but the hub does not accept it")]
    [InlineData(403, "GatedRepo", "", "found a gated model (status 403); expected that you accept its licence at ")]
    [InlineData(401, "GatedRepo", "", "settings/tokens and set HF_TOKEN to it")]
    [InlineData(404, "RevisionNotFound", "", "found no revision main (status 404); expected a branch, tag or commit from ")]
    public void A_refusal_says_what_to_do_and_is_not_repeated(int status, string code, string token, string message)
    {
        using var c = new HubCase();
        c.Environment["HF_TOKEN"] = token;
        c.Hub.Change = (_, _) => new LoopbackAnswer(status, [], ("X-Error-Code", code));
        string told = c.Fail();
        Assert.StartsWith("model org/tiny: ", told, StringComparison.Ordinal);
        Assert.Contains(message, told, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_x", told, StringComparison.Ordinal);
        Assert.Single(c.Hub.Requests);
    }

    [Fact]
    public void A_gated_model_lists_its_files_and_refuses_them()
    {
        using var c = new HubCase();
        c.Hub.Change = (request, answer) => request.Path.Contains("/resolve/", StringComparison.Ordinal)
            ? new LoopbackAnswer(401, [], ("X-Error-Code", "GatedRepo"))
            : answer;
        Assert.Contains($"accept its licence at {c.Hub.Address}/org/tiny", c.Fail(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_and_a_revision_that_are_not_there_are_told_apart()
    {
        using var c = new HubCase();
        c.Environment["HF_TOKEN"] = "hf_x";
        Assert.Contains("found no such model (status 404)", c.Fail("org/other"), StringComparison.Ordinal);
        Assert.Contains("found no revision v9 (status 404)", c.Fail("org/tiny@v9"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    public void A_busy_hub_is_asked_again_until_the_tries_are_used_up(int status)
    {
        using var c = new HubCase();
        int requests = 0;
        c.Hub.Change = (_, answer) => requests++ % 3 < 2 ? new LoopbackAnswer(status, []) : answer;
        Assert.True(c.IsExact(c.Resolve(), Weights));
        using var never = new HubCase();
        never.Hub.Change = (_, _) => new LoopbackAnswer(status, []);
        Assert.Contains($"busy or out of order (status {status}); expected try again later", never.Fail(), StringComparison.Ordinal);
        Assert.Equal(3, never.Hub.Requests.Count);
    }

    [Fact]
    public void The_hub_says_how_long_to_wait()
    {
        using var c = new HubCase();
        var clock = new HastyClock([c.Limits.Silence, c.Limits.Listing]);
        c.Clock = clock;
        int requests = 0;
        c.Hub.Change = (_, answer) => requests++ == 0 ? new LoopbackAnswer(429, [], ("Retry-After", "77")) : answer;
        c.Resolve();
        Assert.Contains(TimeSpan.FromSeconds(77), clock.Waits);
    }

    [Fact]
    public void Without_a_network_the_user_is_told_in_one_line()
    {
        using var c = new HubCase();
        c.Hub.Dispose();
        string message = c.Fail();
        Assert.StartsWith($"model org/tiny: found no connection to {c.Hub.Address}/ (", message, StringComparison.Ordinal);
        Assert.Contains(
            $"; expected a network, the address of a mirror in HF_ENDPOINT, a model in the cache {c.Cache}",
            message,
            StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void The_token_goes_to_the_hub_and_to_nobody_else()
    {
        using var c = new HubCase(FakeHub.Model(5000));
        c.Environment["HF_TOKEN"] = "hf_secret";
        c.Hub.UsesStorage = true;
        c.Hub.ListsBlobs = false;
        int requests = 0;

        // A redirection at the hub itself, as of a renamed repository, keeps it.
        c.Hub.Change = (request, answer) => requests++ == 0
            ? new LoopbackAnswer(307, [], ("Location", request.Path + "&again"))
            : answer;
        Assert.True(c.IsExact(c.Resolve(), Weights));
        Assert.All(
            c.Hub.Requests.Except(c.Hub.StorageRequests),
            request => Assert.Equal("Bearer hf_secret", request.Header("Authorization")));
        LoopbackRequest stored = Assert.Single(c.Hub.StorageRequests);
        Assert.Equal("", stored.Header("Authorization"));
        Assert.DoesNotContain(stored.Headers.Values, value => value.Contains("hf_secret", StringComparison.Ordinal));
        Assert.Equal("/stored/model.safetensors?signature=a%2Fb", stored.Path);
    }

    [Fact]
    public void A_hub_that_lists_names_alone_is_asked_about_each_file()
    {
        using var c = new HubCase();
        c.Hub.ListsBlobs = false;
        c.Hub.UsesStorage = true;
        Assert.True(c.IsExact(c.Resolve(), Weights, "config.json", "tokenizer.json"));
        Assert.True(File.Exists(c.Blob(Weights)) && File.Exists(c.Blob("config.json")));
        Assert.Equal(4, c.Hub.Requests.Count(request => request.Method == "HEAD"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../evil")]
    [InlineData("a/b")]
    [InlineData(".hidden-name")]
    [InlineData("short")]
    public void A_blob_whose_name_is_no_name_is_refused(string etag)
    {
        using var c = new HubCase();
        c.Hub.ListsBlobs = false;
        c.Hub.Change = (_, answer) => answer with
        {
            Headers = [.. answer.Headers.Where(header => header.Name != "ETag"), ("ETag", $"\"{etag}\"")],
        };
        Assert.Contains("found no ETag or no size of config.json", c.Fail(), StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(c.ModelFolder) ? Directory.EnumerateFileSystemEntries(c.ModelFolder) : []);
    }

    [Theory]
    [InlineData("<html>Please log in.</html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"sha\": \"main\", \"siblings\": []}")]
    [InlineData("{\"sha\": \"../../../0123456789abcdef0123456789abcdef\", \"siblings\": []}")]
    [InlineData("{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": [1]}")]
    public void An_answer_that_no_hub_gives_is_named_as_such(string body)
    {
        using var c = new HubCase();
        c.Hub.Change = (_, answer) => answer with { Body = Encoding.UTF8.GetBytes(body) };
        Assert.Contains("is a proxy or a login page in between, or HF_ENDPOINT wrong?", c.Fail(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(c.Cache));
    }

    [Fact]
    public void A_redirection_from_https_to_http_is_not_followed()
    {
        using var handler = new StubHandler(_ => new HttpResponseMessage(HttpStatusCode.Found)
        {
            Headers = { Location = new Uri("http://hub.test/elsewhere") },
        });
        var hub = new ModelHub(
            name => name == "HF_ENDPOINT" ? "https://hub.test" : name == "HF_HOME" ? Path.Combine(Path.GetTempPath(), "no-cache") : null,
            () => handler);
        Assert.Contains(
            "few redirections, none of them from https to http",
            Assert.Throws<InputException>(() => hub.Resolve("org/tiny", null, CancellationToken.None)).Message,
            StringComparison.Ordinal);
        Assert.Equal(1, handler.Requests);
    }

    [Fact]
    public void A_circle_of_redirections_ends()
    {
        using var c = new HubCase();
        c.Hub.Change = (request, _) => new LoopbackAnswer(302, [], ("Location", request.Path));
        Assert.Contains("few redirections", c.Fail(), StringComparison.Ordinal);
        Assert.Equal(11, c.Hub.Requests.Count);
    }

    [Fact]
    public void Any_listing_is_read_or_refused() => Laws.Hold(
        from mutations in Gen.Choose(1, 4)
        from places in Gen.ArrayOf(Gen.Choose(0, 1_000_000), 4)
        from values in Gen.ArrayOf(Gen.Choose(0, 255), 4)
        select (mutations, places, values),
        m =>
        {
            byte[] listing = Encoding.UTF8.GetBytes(
                "{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{\"rfilename\":\"a.json\",\"size\":12,\"blobId\":"
                    + "\"ce013625030ba8dba906f756967f9e9ca394464a\"},{\"rfilename\":\"\\ud83d\\ude00\",\"size\":1e3,\"lfs\":{\"sha256\":"
                    + "\"00\",\"size\":5}}]}");
            for (int i = 0; i < m.mutations; i++)
            {
                listing[m.places[i] % listing.Length] = (byte)m.values[i];
            }

            try
            {
                HubListing read = HubReply.ReadListing(new Uri("https://hub.test"), listing);
                return ModelName.IsCommitText(read.Commit)
                    && read.Files.Values.All(file => file.Etag == Path.GetFileName(file.Etag) && !file.Etag.StartsWith('.'));
            }
            catch (HubFailure failure)
            {
                return failure.Kind == HubFailureKind.Final;
            }
        },
        3000);

    [Fact]
    public void Any_index_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] original = FakeHub.Sharded()["model.safetensors.index.json"];
        Laws.Hold(
            from mutations in Gen.Choose(1, 4)
            from places in Gen.ArrayOf(Gen.Choose(0, original.Length - 1), 4)
            from values in Gen.ArrayOf(Gen.Choose(0, 255), 4)
            from length in Gen.Choose(0, original.Length)
            from isCut in Gen.Elements(true, false)
            select (mutations, places, values, length: isCut ? length : original.Length),
            m =>
            {
                byte[] index = [.. original];
                for (int i = 0; i < m.mutations; i++)
                {
                    index[m.places[i]] = (byte)m.values[i];
                }

                string file = folder.Write("index.json", index[..m.length]);
                try
                {
                    return ShardIndex.Read(file).All(name => Path.GetFileName(name) == name && !name.StartsWith('.'));
                }
                catch (InputException)
                {
                    return true;
                }
            },
            3000);
    }

    [Theory]
    [InlineData("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    [InlineData("hello\n", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")]
    public void Blobs_are_named_as_git_and_sha256sum_name_them(string content, string etag)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        using var hash = new BlobHash(etag, bytes.Length);
        hash.Append(bytes);
        Assert.True(hash.Matches());
        using var other = new BlobHash(etag, bytes.Length);
        other.Append([.. bytes, 1]);
        Assert.False(other.Matches());
    }

    private sealed class StubHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(answer(request));
        }
    }

    /// <summary>A clock on which the waits between tries pass at once, and time limits never.</summary>
    private sealed class HastyClock(TimeSpan[] limits) : TimeProvider
    {
        public System.Collections.Concurrent.ConcurrentQueue<TimeSpan> Waits { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Enqueue(dueTime);
            return base.CreateTimer(
                callback, state, limits.Contains(dueTime) ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, period);
        }
    }
}

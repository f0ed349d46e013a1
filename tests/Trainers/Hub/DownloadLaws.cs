using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>What is downloaded is exactly what the hub has, whatever the network does meanwhile.</summary>
public sealed class DownloadLaws
{
    private const string Weights = "model.safetensors";

    private sealed record Network(int Size, int[] Cuts, int Piece, bool IsChunked, bool KnowsRanges, bool UsesStorage);

    private static Gen<Network> Networks =>
        from size in Gen.Elements(0, 1, 2, 100, 5000, 200_000)
        from cuts in Gen.ArrayOf(Gen.Choose(0, size), 6)
        from count in Gen.Choose(0, 6)
        from piece in Gen.Elements(1 + (size / 7), 65_536, int.MaxValue)
        from isChunked in Gen.Elements(true, false)
        from knowsRanges in Gen.Elements(true, true, false)
        from usesStorage in Gen.Elements(true, false)
        select new Network(size, cuts[..count], piece, isChunked, knowsRanges, usesStorage);

    [Fact]
    public void Any_schedule_of_cuts_ends_with_the_exact_bytes_or_with_a_failure_that_the_next_call_makes_good() => Laws.Hold(
        Networks,
        network =>
        {
            using var c = new HubCase(FakeHub.Model(network.Size));
            c.Hub.KnowsRanges = network.KnowsRanges;
            c.Hub.UsesStorage = network.UsesStorage;
            int sent = 0;
            c.Hub.Change = (request, answer) => !request.Path.Contains(Weights, StringComparison.Ordinal) || answer.Status > 206
                ? answer
                : answer with
                {
                    Cut = sent < network.Cuts.Length ? network.Cuts[sent++] : int.MaxValue,
                    IsChunked = network.IsChunked,
                    Piece = network.Piece,
                };
            for (int calls = 1; ; calls++)
            {
                try
                {
                    return c.IsExact(c.Resolve(), Weights, "config.json", "tokenizer.json");
                }
                catch (InputException failure) when (calls <= network.Cuts.Length)
                {
                    Assert.Contains("the download continues where it stopped", failure.Message, StringComparison.Ordinal);
                    Assert.False(File.Exists(Path.Combine(c.Snapshot(), Weights)));
                }
            }
        },
        100);

    [Fact]
    public void A_broken_connection_is_continued_at_the_byte_where_it_broke()
    {
        using var c = new HubCase(FakeHub.Model(1000));
        int requests = 0;
        c.Hub.Change = (request, answer) =>
            request.Path.EndsWith(Weights, StringComparison.Ordinal) && requests++ < 9 ? answer with { Cut = 100 } : answer;
        Assert.True(c.IsExact(c.Resolve(), Weights));
        Assert.Equal(
            Enumerable.Range(0, 10).Select(request => 100 * request),
            c.Hub.Requests.Where(request => request.Path.EndsWith(Weights, StringComparison.Ordinal)).Select(request => request.Offset));
    }

    [Fact]
    public void Whatever_an_ended_process_left_on_disk_becomes_the_exact_file() => Laws.Hold(
        from size in Gen.Elements(1, 100, 70_000)
        from left in Gen.Choose(0, size + 10)
        from broken in Gen.Choose(-1, left - 1)
        from knowsRanges in Gen.Elements(true, false)
        select (size, left, broken, knowsRanges),
        k =>
        {
            using var c = new HubCase(FakeHub.Model(k.size));
            c.Hub.KnowsRanges = k.knowsRanges;
            byte[] left = [.. c.Hub.Files[Weights].Concat(new byte[10]).Take(k.left)];
            if (k.broken >= 0)
            {
                left[k.broken] ^= 1;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(c.Blob(Weights))!);
            File.WriteAllBytes(c.Blob(Weights) + ".incomplete", left);
            return c.IsExact(c.Resolve(), Weights) && !File.Exists(c.Blob(Weights) + ".incomplete");
        },
        60);

    [Fact]
    public void A_download_stopped_at_any_byte_is_continued_by_the_next_call() => Laws.Hold(
        Gen.Choose(0, 20_000),
        at =>
        {
            using var c = new HubCase(FakeHub.Model(20_000));
            c.Hub.Change = (_, answer) => answer with { Piece = 1000 };
            using var stop = new CancellationTokenSource();
            c.Advanced = done => (done >= at ? (Action)stop.Cancel : () => { })();
            Assert.ThrowsAny<OperationCanceledException>(() => c.ResolveUntil(stop.Token));
            c.Advanced = _ => { };
            return c.IsExact(c.Resolve(), Weights, "config.json");
        },
        20);

    [Fact]
    public void Progress_rises_to_the_size_of_each_file()
    {
        using var c = new HubCase(FakeHub.Model(100_000));
        c.Resolve();
        foreach (var file in c.Progress.GroupBy(step => step.File))
        {
            Assert.Equal(file.Select(step => step.Done).Order(), file.Select(step => step.Done));
            Assert.Equal(c.Hub.Files[file.Key].Length, file.Last().Done);
            Assert.All(file, step => Assert.Equal(c.Hub.Files[file.Key].Length, step.Total));
        }
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData(Weights)]
    public void Other_bytes_than_the_hub_states_are_deleted(string name)
    {
        using var c = new HubCase();
        c.Hub.Change = (request, answer) => request.Path.EndsWith(name, StringComparison.Ordinal)
            ? answer with { Body = [.. answer.Body.Select(value => (byte)(value ^ 1))] }
            : answer;
        string message = c.Fail();
        Assert.Contains($"found other bytes than the hub states for {name} (the hash is not ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.False(File.Exists(Path.Combine(c.Snapshot(), name)));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(c.ModelFolder, "blobs")), c.Blob(name).Equals);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(c.ModelFolder, "blobs"), "*.incomplete"));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, false)]
    [InlineData(-300, false)]
    [InlineData(1, true)]
    [InlineData(5000, true)]
    public void A_file_of_another_size_is_refused(int more, bool isChunked)
    {
        using var c = new HubCase();
        c.Hub.Change = (request, answer) => request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? answer with { Body = [.. answer.Body.Concat(new byte[5000]).Take(answer.Body.Length + more)], IsChunked = isChunked }
            : answer;
        string message = c.Fail();
        Assert.Contains($"bytes for {Weights}; expected 300 bytes, as the hub states", message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(c.Snapshot(), Weights)));
    }

    [Fact]
    public void A_storage_that_refuses_ranges_is_asked_for_the_whole_file()
    {
        using var c = new HubCase(FakeHub.Model(1000));
        c.Hub.UsesStorage = true;
        int requests = 0;
        c.Hub.Change = (request, answer) => !request.Path.Contains("/stored/", StringComparison.Ordinal) ? answer
            : requests++ == 0 ? answer with { Cut = 600 }
            : request.Offset > 0 ? new LoopbackAnswer(416, [])
            : answer;
        Assert.True(c.IsExact(c.Resolve(), Weights));
        Assert.Equal([0, 600, 0], c.Hub.StorageRequests.Select(request => request.Offset));
    }

    [Fact]
    public void A_connection_that_falls_silent_is_a_broken_one()
    {
        using var c = new HubCase(FakeHub.Model(1000)) { Limits = new() { Tries = 2, FirstDelay = TimeSpan.Zero, Silence = Short } };
        int requests = 0;
        c.Hub.Change = (request, answer) => request.Path.EndsWith(Weights, StringComparison.Ordinal) && requests++ == 0
            ? answer with { Cut = 400, Hangs = true }
            : answer;
        Assert.True(c.IsExact(c.Resolve(), Weights));
        Assert.Equal(2, requests);
        c.Hub.Refs["main"] = new string('a', 40);
        c.Hub.Files[Weights] = FakeHub.Bytes(1000, 5);
        c.Hub.Change = (request, answer) =>
            request.Path.EndsWith(Weights, StringComparison.Ordinal) ? answer with { Cut = 0, Hangs = true } : answer;
        Assert.Contains("found nothing from http://127.0.0.1", c.Fail(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_listing_that_drips_ends()
    {
        var limits = new HubLimits { Tries = 2, FirstDelay = TimeSpan.Zero, Silence = TimeSpan.FromMinutes(1), Listing = Short };
        using var once = new HubCase { Limits = limits };
        int requests = 0;
        once.Hub.Change = (request, answer) => request.Path.Contains("/revision/", StringComparison.Ordinal) && requests++ == 0
            ? answer with { Cut = 20, Hangs = true }
            : answer;
        Assert.True(once.IsExact(once.Resolve(), Weights));
        Assert.Equal(2, requests);
        using var always = new HubCase { Limits = limits };
        always.Hub.Change = (_, answer) => answer with { Cut = 20, Hangs = true };
        Assert.Contains("that is not whole after", always.Fail(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_that_want_a_model_at_once_download_each_file_once()
    {
        using var c = new HubCase(FakeHub.Model(50_000));
        c.Hub.Change = (_, answer) => answer with { Piece = 1000 };
        string[] folders = new string[4];
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => folders[i] = c.Resolve());
        Assert.All(folders, folder => Assert.True(c.IsExact(folder, Weights, "config.json", "tokenizer.json")));
        Assert.Equal(c.Hub.Asked.Distinct().Order(), c.Hub.Asked.Order());
    }

    [Fact]
    public async Task A_blob_that_another_process_downloads_is_waited_for()
    {
        using var c = new HubCase();
        string locks = Path.Combine(c.Cache, ".locks", "models--org--tiny");
        Directory.CreateDirectory(locks);
        string held = Path.Combine(locks, Path.GetFileName(c.Blob(Weights)) + ".lock");
        Task<string> resolved;
        using (new FileStream(held, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            resolved = Task.Run(() => c.Resolve());
            Assert.True(SpinWait.SpinUntil(() => !c.Notes.IsEmpty, TimeSpan.FromMinutes(1)));
            Assert.DoesNotContain(Weights, c.Hub.Asked);
        }

        Assert.True(c.IsExact(await resolved, Weights));
        Assert.Equal([$"waiting for another process that downloads {Weights} of org/tiny"], c.Notes);
    }

    [Fact]
    public void A_disk_that_is_too_small_is_found_before_the_weights_are_asked_for()
    {
        using var c = new HubCase(FakeHub.Model(10_000_000)) { FreeBytes = _ => 2_000_000 };
        Assert.Equal(
            $"{c.Cache}: found 0.00 GB free; expected 0.01 GB for org/tiny; or another folder in HF_HOME, on a disk that has them.",
            c.Fail());
        Assert.DoesNotContain(Weights, c.Hub.Asked);

        // What an earlier call has received needs no space again.
        File.WriteAllBytes(c.Blob(Weights) + ".incomplete", c.Hub.Files[Weights][..9_000_000]);
        Assert.True(c.IsExact(c.Resolve(), Weights));
    }

    private static TimeSpan Short => TimeSpan.FromMilliseconds(300);
}

using System.Diagnostics;
using System.IO.Pipes;
using RlCore.Trainers.Rewards;

namespace RlCore.Trainers.Tests.Rewards;

/// <summary>The sandbox against programs that no compiler's rule has seen: what the system alone keeps apart.</summary>
[Collection(ProgramTable.Collection)]
public class ProgramSandboxLaws
{
    private static readonly SandboxLimits Short = new() { Time = TimeSpan.FromSeconds(3), MemoryMegabytes = 64 };

    [Fact]
    public void A_program_reads_its_input_and_writes_its_output() =>
        Assert.Equal((SandboxEnding.Exited, 0, "5"), Ending(Run("Console.Write(Console.ReadLine()!.Length);", "hello\n")));

    [Fact]
    public void A_process_that_is_done_with_holds_no_handle()
    {
        ProgramSandbox sandbox = ProgramSandbox.Default;
        SandboxedProcess process = sandbox.Start(SandboxLauncher.Program(SandboxEntry.Echo, sandbox.Isolation), Short);
        IReadOnlyList<Stream> streams = process.Streams;
        Assert.Equal(3, streams.Distinct().Count(stream => stream.CanRead || stream.CanWrite));
        process.Dispose();
        Assert.All(
            streams,
            stream => Assert.Throws<ObjectDisposedException>(() => Assert.IsType<PipeStream>(stream, false).SafePipeHandle));
    }

    [Fact]
    public void A_loop_without_an_end_is_stopped()
    {
        var clock = Stopwatch.StartNew();
        SandboxResult result = Run("Console.Write(1); while (true) { }");
        Assert.Equal("1", result.Output);
        Assert.True(result.Ending == SandboxEnding.OutOfTime || result.ExitCode != 0, $"It ended with {result}.");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_sleeper_is_stopped() => Assert.Equal(SandboxEnding.OutOfTime, Run("System.Threading.Thread.Sleep(-1);").Ending);

    [Fact]
    public void A_program_that_takes_all_memory_ends()
    {
        SandboxResult result = Run(
            "var all = new List<byte[]>(); while (true) { var a = new byte[1 << 20]; Array.Fill(a, (byte)1); all.Add(a); }");
        Assert.True(result.Ending == SandboxEnding.OutOfMemory || result.ExitCode != 0, $"It ended with {result}.");
    }

    [Fact]
    public void Memory_beside_the_managed_heap_is_watched()
    {
        SandboxResult result = Run(
            """
            for (int i = 0; ; i++)
            {
                var p = System.Runtime.InteropServices.Marshal.AllocHGlobal(1 << 22);
                for (int k = 0; k < 1 << 22; k += 4096) System.Runtime.InteropServices.Marshal.WriteByte(p, k, 1);
                System.Threading.Thread.Sleep(5);
            }
            """);
        Assert.Equal(SandboxEnding.OutOfMemory, result.Ending);
    }

    [Fact]
    public void A_program_that_overflows_its_stack_ends_with_an_error() =>
        Assert.NotEqual(0, Run("int F(int n) => F(n + 1) + 1; Console.Write(F(0));").ExitCode);

    [Fact]
    public void A_program_that_writes_without_end_is_stopped() =>
        Assert.Equal(SandboxEnding.TooMuchOutput, Run("while (true) { Console.WriteLine(new string('x', 1000)); }").Ending);

    [Fact]
    public void Children_end_with_their_program()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Children are listed by /proc.");
        string mark = $"31{Random.Shared.Next(100_000, 999_999)}";
        SandboxResult result = Run($$"""
            for (int i = 0; i < 200; i++)
            {
                try { System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sleep", "{{mark}}")); }
                catch (Exception error) { Console.Write(error.GetType().Name + " "); break; }
            }

            System.Threading.Thread.Sleep(-1);
            """);
        Assert.Equal(SandboxEnding.OutOfTime, result.Ending);
        if (ProgramSandbox.Default.Isolation.HasOwnFiles)
        {
            Assert.Contains("Exception", result.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(
            Directory.EnumerateDirectories("/proc"),
            folder => CommandLine(folder).Contains(mark, StringComparison.Ordinal));
    }

    [Fact]
    public void There_is_no_network()
    {
        Assert.SkipUnless(
            ProgramSandbox.Default.Isolation.HasNoNetwork,
            "The kernel gives no namespaces; the compiler refuses the network.");
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        SandboxResult result = Run($$"""
            try { using var client = new System.Net.Sockets.TcpClient("127.0.0.1", {{port}}); Console.Write("through"); }
            catch (System.Net.Sockets.SocketException error) { Console.Write(error.SocketErrorCode); }
            """);
        Assert.DoesNotContain("through", result.Output, StringComparison.Ordinal);
        Assert.NotEmpty(result.Output);
        Assert.False(listener.Pending());
    }

    [Fact]
    public void Files_stay_in_an_empty_folder_that_goes_with_the_program()
    {
        Assert.SkipUnless(ProgramSandbox.Default.Isolation.HasOwnFiles, "The kernel gives no namespaces; the compiler refuses files.");
        string outside = Path.Combine(Path.GetTempPath(), $"rlcore-outside-{Guid.NewGuid():N}");
        SandboxResult result = Run($$"""
            Console.Write(System.IO.Directory.GetFileSystemEntries(".").Length + " ");
            System.IO.File.WriteAllText("mine", "x");
            Console.Write(System.IO.File.Exists("mine") + " " + System.IO.File.Exists("/etc/passwd") + " ");
            Console.Write(System.IO.Directory.Exists("/home") + " ");
            try { System.IO.File.WriteAllText("{{outside}}", "x"); } catch (Exception) { }
            try { System.IO.File.WriteAllText("/usr/rlcore", "x"); Console.Write("written"); }
            catch (Exception) { Console.Write("refused"); }
            """);
        Assert.Equal("0 True False False refused", result.Output);
        Assert.False(File.Exists(outside));
    }

    [Fact]
    public void A_file_has_a_limit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is the kernel's.");
        SandboxResult result = Run(
            """
            using (var f = System.IO.File.Create("big"))
            {
                var b = new byte[1 << 20];
                for (int i = 0; i < 64; i++) { f.Write(b); f.Flush(true); }
            }
            Console.Write("written");
            """);
        Assert.DoesNotContain("written", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_says_nothing_of_the_machine()
    {
        const string Secret = "RLCORE_TEST_SECRET";
        Environment.SetEnvironmentVariable(Secret, "hidden");
        SandboxResult result = Run(
            "foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables()) "
                + "Console.WriteLine(entry.Key + \"=\" + entry.Value);");
        Assert.DoesNotContain("hidden", result.Output, StringComparison.Ordinal);
        Assert.Contains("DOTNET_GCHeapHardLimit=4000000", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_on_disk()
    {
        Run("System.IO.File.WriteAllText(\"left\", \"x\");");
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(SandboxFolders.Root),
            folder => File.Exists(Path.Combine(folder, "work", "left")));
    }

    private static SandboxResult Run(string source, string input = "") => SandboxPrograms.Run(source, input, Short);

    private static (SandboxEnding, int, string) Ending(SandboxResult result) => (result.Ending, result.ExitCode, result.Output);

    private static string CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

using System.Runtime.InteropServices;

namespace RlCore.Engines.Torch.Tests;

/// <summary>How libtorch is loaded, and what is said if it cannot be.</summary>
public sealed class LibTorchLaws
{
    private const string Preamble =
        "Unable to load shared library '/app/libLibTorchSharp.so' or one of its dependencies. In order to help diagnose loading "
        + "problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG environment variable: \n";

    /// <summary>The words of glibc's loader: the first as they were on Debian 12.</summary>
    public static TheoryData<string, string> Messages => new()
    {
        {
            "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)\n",
            "--engine torch: found libLibTorchSharp.so, which needs GLIBCXX_3.4.32: /lib/x86_64-linux-gnu/libstdc++.so.6 does not have it; "
            + "expected a system that has it (Debian 13, Ubuntu 24.04 or later), or a newer libstdc++ in LD_LIBRARY_PATH."
        },
        {
            "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app/libtorch_cpu.so)\n",
            "--engine torch: found libtorch_cpu.so, which needs GLIBC_2.38: /lib/x86_64-linux-gnu/libc.so.6 does not have it; "
            + "expected a system that has it (Debian 13, Ubuntu 24.04 or later)."
        },
        {
            "libcudart.so.12: cannot open shared object file: No such file or directory\n",
            "--engine torch: found no libcudart.so.12, which libtorch needs; "
            + "expected a system that has it, or its folder in LD_LIBRARY_PATH."
        },
        {
            "libtorch_cpu.so: cannot open shared object file: No such file or directory\n",
            "--engine torch: found no libtorch_cpu.so: this build brings no libtorch, and the system has none where it searches; "
            + "expected --libtorch DIR, the folder of an installed one, such as PyTorch's site-packages/torch/lib."
        },
        {
            "/app/libtorch.so: undefined symbol: _ZN3c105ErrorE\n",
            "--engine torch: found /app/libtorch.so: undefined symbol: _ZN3c105ErrorE; "
            + "expected a libtorch and a binding of TorchSharp that this system can load."
        },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_cannot_be_loaded_is_told_in_a_line_that_says_what_to_do(string loader, string told)
    {
        Assert.Equal(told, LoadFailure.Read(Preamble + loader).Problem("--engine torch").ToString());
    }

    [Fact]
    public void A_folder_that_cannot_be_used_is_refused_before_anything_is_loaded_from_it()
    {
        DirectoryInfo empty = Directory.CreateTempSubdirectory();
        var provider = new TorchEngineProvider();
        var refused = Assert.Throws<EngineException>(
            () => provider.Run(new EngineOptions { LibTorch = empty.FullName, Device = "cpu" }, new Describe()));
        EngineProblem problem = Assert.Single(refused.Problems);
        Assert.Equal("--libtorch", problem.Option);
        Assert.StartsWith(empty.FullName, problem.Found, StringComparison.Ordinal);

        // A build that brings a libtorch has no room for another; one without it looks into the folder.
        string own = NativeFiles.Find("torch_cpu");
        Assert.Contains(own.Length > 0 ? own : NativeFiles.NameOf("torch_cpu"), problem.Found, StringComparison.Ordinal);
        Assert.Contains(own.Length > 0 ? "-p:Torch=installed" : "torch/lib", problem.Expected, StringComparison.Ordinal);
        Assert.Throws<EngineException>(() => new TorchEngine(new TorchEngineOptions { LibTorchFolder = empty.FullName }));
        empty.Delete();

        // What was refused has not spoilt what is loaded.
        Assert.Null(provider.LoadProblem);
        Assert.Contains("TorchSharp", provider.Run(new EngineOptions { Device = "cpu" }, new Describe()), StringComparison.Ordinal);
    }

    [Fact]
    public void TorchSharp_finds_loaded_what_it_needs_and_copies_nothing()
    {
        using TorchEngine engine = Machine.CreateEngine();
        Assert.StartsWith("TorchSharp", engine.Description, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(AppContext.BaseDirectory, "cpu"));
        Assert.Empty(Directory.GetDirectories(AppContext.BaseDirectory, "cuda-*"));
    }

    [Fact]
    public void Threads_of_OpenMP_sleep_while_they_wait_unless_the_user_says_otherwise()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The variable is set in the environment of a C library of Linux.");
        using TorchEngine engine = Machine.CreateEngine();
        Assert.Equal(
            Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "passive", Marshal.PtrToStringUTF8(Variable("OMP_WAIT_POLICY")));
    }

    [DllImport("libc.so.6", EntryPoint = "getenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Variable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    private sealed class Describe : IEngineWork<string>
    {
        public string Run<T>(IEngine<T> engine)
            where T : struct, ITensor<T> => engine.Description;
    }
}

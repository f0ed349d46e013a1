using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Worker.Tests;

/// <summary><c>generate --interactive</c>: lines are answered as prompts are completed, and Ctrl+C stops an answer alone.</summary>
public sealed class InteractiveLaws
{
    private const string Template = "{% for message in messages %}[{{ message.content }}]{% endfor %}";

    [Fact]
    public async Task Lines_of_a_pipe_are_answered_as_prompts_are_completed()
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "llama");
        string[] options = ["--model", model, "--max-tokens", "6", "--temperature", "1", "--seed", "3"];
        Ending prompted = await Session.RunAsync(["generate", "--prompt", "ab", .. options]);
        Assert.Equal(0, prompted.ExitCode);
        Ending talked = await TalkAsync(session, "ab\n", options);
        Assert.Equal((0, prompted.Output), (talked.ExitCode, talked.Output));
        Assert.StartsWith("The model has no chat template: each line is completed by itself", talked.Error, StringComparison.Ordinal);
        Ending quiet = await TalkAsync(session, "ab\n/system x\n", [.. options, "--quiet"]);
        Assert.Equal(prompted.Output, quiet.Output);
        Assert.Equal("/system needs a model with a chat template." + Environment.NewLine, quiet.Error);
    }

    [Fact]
    public async Task Commands_change_the_conversation_and_the_context_is_told_when_it_is_full()
    {
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "llama");
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), Template);
        string[] options = ["--model", model, "--max-tokens", "4"];
        Ending alone = await TalkAsync(session, "ab\n", options);
        Assert.StartsWith("Chat template of chat_template.jinja.", alone.Error, StringComparison.Ordinal);
        Ending again = await TalkAsync(session, "ab\n/reset\nab\n\n/exit\nab\n", options);
        Assert.Equal(alone.Output + alone.Output, again.Output);
        Assert.Contains("The conversation is forgotten.", again.Error, StringComparison.Ordinal);
        Ending instructed = await TalkAsync(session, "/system be brief\nab\n", options);
        Ending prompted = await Session.RunAsync(["generate", "--prompt", "[be brief][ab]", "--chat", "off", .. options]);
        Assert.Equal(prompted.Output, instructed.Output);
        Ending long_ = await TalkAsync(session, $"{new string('b', 99)}\n/nothing\n/help\n", options);
        Assert.Equal((0, ""), (long_.ExitCode, long_.Output));
        Assert.Contains(
            "That does not fit into the model's context of 64 tokens, with what has been said before it. /reset forgets that",
            long_.Error,
            StringComparison.Ordinal);
        Assert.Contains("\"/nothing\" is no command.", long_.Error, StringComparison.Ordinal);
        Ending full = await TalkAsync(session, "ab\n", "--model", model);
        Assert.Contains("The answer ends here, as the model's context of 64 tokens is full. /reset", full.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--interactive", "--prompt", "a")]
    [InlineData("--interactive", "--prompts", "a.csv")]
    [InlineData("--interactive", "--json")]
    [InlineData("--interactive", "--samples", "2")]
    public async Task What_a_conversation_has_no_use_for_is_refused(params string[] options)
    {
        Ending ending = await Session.RunAsync(["generate", "--model", "x", "--temperature", "1", .. options]);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(options[1], ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_stops_an_answer_and_the_second_at_an_empty_prompt_leaves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill, to a process that env has given back its own.");
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "mistral");
        string config = Path.Combine(model, "config.json");
        string wide = Regex.Replace(File.ReadAllText(config), "\"max_position_embeddings\": *64", "\"max_position_embeddings\": 1000000");
        Assert.Contains("1000000", wide, StringComparison.Ordinal);
        File.WriteAllText(config, wide);
        NeverEnd(Path.Combine(model, "model.safetensors"));
        using Process process = Start(
            session, "env", "--default-signal=INT,TERM", "dotnet", "exec", Program, "generate", "--interactive", "--model", model);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            StreamReader error = process.StandardError, output = process.StandardOutput;
            Assert.StartsWith("The model has no chat template", await error.ReadLineAsync(late.Token), StringComparison.Ordinal);
            await process.StandardInput.WriteLineAsync("ab");
            await process.StandardInput.FlushAsync(late.Token);

            // An answer that does not end by itself: what comes of it comes before it ends.
            await output.ReadBlockAsync(new char[200], late.Token);
            await InterruptAsync(process);
            await process.StandardInput.WriteLineAsync("/nothing");
            await process.StandardInput.FlushAsync(late.Token);
            Assert.StartsWith("\"/nothing\" is no command", await error.ReadLineAsync(late.Token), StringComparison.Ordinal);
            while (await error.ReadLineAsync(late.Token) is { } line && !line.StartsWith("Ctrl+C", StringComparison.Ordinal))
            {
            }

            await InterruptAsync(process);
            Assert.Equal("", await error.ReadLineAsync(late.Token));
            Assert.Equal("Press Ctrl+C again to leave, or type on.", await error.ReadLineAsync(late.Token));
            Assert.False(process.HasExited);
            await InterruptAsync(process);
            string rest = await output.ReadToEndAsync(late.Token);
            Assert.EndsWith(Environment.NewLine, rest, StringComparison.Ordinal);
            await process.WaitForExitAsync(late.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task A_conversation_that_is_terminated_ends_without_a_word()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill, to a process that env has given back its own.");
        using var session = new Session();
        string model = RandomModels.Write(session.In("model"), "llama");
        using Process process = Start(
            session, "env", "--default-signal=INT,TERM", "dotnet", "exec", Program, "generate", "--interactive", "--model", model);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            Assert.StartsWith(
                "The model has no chat template", await process.StandardError.ReadLineAsync(late.Token), StringComparison.Ordinal);
            using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            Assert.Equal("", await process.StandardError.ReadToEndAsync(late.Token));
            await process.WaitForExitAsync(late.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    // The most probable of many random logits is above 0, which the token that ends an answer gets.
    private static void NeverEnd(string file)
    {
        const int End = 256;
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument tensors = JsonDocument.Parse(bytes.AsMemory(8, header));
        JsonElement head = tensors.RootElement.GetProperty("lm_head.weight");
        int rowBytes = head.GetProperty("shape")[1].GetInt32() * sizeof(float);
        bytes.AsSpan(8 + header + head.GetProperty("data_offsets")[0].GetInt32() + (End * rowBytes), rowBytes).Clear();
        File.WriteAllBytes(file, bytes);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "RlCore.Worker.dll");

    private static async Task InterruptAsync(Process process)
    {
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<Ending> TalkAsync(Session session, string lines, params string[] options)
    {
        using Process process = Start(session, "dotnet", ["exec", Program, "generate", "--interactive", .. options]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(lines);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new Ending(process.ExitCode, await output, await error);
    }

    private static Process Start(Session session, string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = session.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
        }) ?? throw new InvalidOperationException("The process did not start.");
}

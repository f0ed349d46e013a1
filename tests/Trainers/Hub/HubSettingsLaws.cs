using RlCore.Trainers.Hub;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>The environment is read as huggingface_hub reads it.</summary>
public sealed class HubSettingsLaws
{
    [Theory]
    [InlineData("/h/.cache/huggingface/hub", "HOME=/h")]
    [InlineData("/x/huggingface/hub", "HOME=/h XDG_CACHE_HOME=/x")]
    [InlineData("/f/hub", "HOME=/h XDG_CACHE_HOME=/x HF_HOME=/f")]
    [InlineData("/c", "HOME=/h XDG_CACHE_HOME=/x HF_HOME=/f HF_HUB_CACHE=/c")]
    [InlineData("/h/.cache/huggingface/hub", "HOME=/h HF_HOME= HF_HUB_CACHE=")]
    [InlineData("/h/big/hub", "HOME=/h HF_HOME=~/big")]
    [InlineData("/s/hf/hub", "HOME=/h SCRATCH=/s HF_HOME=$SCRATCH/hf")]
    [InlineData("/s/hf", "HOME=/h SCRATCH=/s HF_HUB_CACHE=${SCRATCH}/hf")]
    public void The_cache_is_where_huggingface_hub_has_it(string folder, string environment) =>
        Assert.Equal(folder, Read(environment).CacheFolder);

    [Theory]
    [InlineData("https://huggingface.co/", "HOME=/h")]
    [InlineData("https://mirror.test/", "HOME=/h HF_ENDPOINT=https://mirror.test")]
    [InlineData("http://10.0.0.1:80/api/hub/", "HOME=/h HF_ENDPOINT=http://10.0.0.1:80/api/hub/")]
    public void The_hub_is_the_endpoint(string address, string environment) =>
        Assert.Equal(new Uri(address), Read(environment).Endpoint);

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("YES", true)]
    [InlineData("On", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    [InlineData("", false)]
    public void Offline_is_said_in_four_words(string value, bool isOffline)
    {
        Assert.Equal(isOffline, Read($"HOME=/h HF_HUB_OFFLINE={value}").IsOffline);
        Assert.Equal(isOffline, Read($"HOME=/h TRANSFORMERS_OFFLINE={value}").IsOffline);
        Assert.Equal(isOffline, !Read($"HOME=/h HF_HUB_DISABLE_SYMLINKS={value}").UsesLinks);
    }

    [Fact]
    public void The_token_is_the_variable_else_the_file_of_the_path_else_the_file_at_home()
    {
        using var home = new TemporaryFolder();
        Assert.Equal("", Read($"HF_HOME={home.Path}").Token);
        home.Write("token", "hf_home\n");
        string other = home.Write("other", "hf_path");
        Assert.Equal("hf_home", Read($"HF_HOME={home.Path}").Token);
        Assert.Equal("hf_path", Read($"HF_HOME={home.Path} HF_TOKEN_PATH={other}").Token);
        Assert.Equal("hf_variable", Read($"HF_HOME={home.Path} HF_TOKEN_PATH={other} HF_TOKEN=hf_variable").Token);
    }

    [Fact]
    public void What_cannot_be_used_is_refused_and_a_token_is_in_no_message()
    {
        foreach (string address in new[] { "huggingface.co", "ftp://x", "/hub" })
        {
            Assert.StartsWith(
                "environment variable HF_ENDPOINT: found ",
                Assert.Throws<InputException>(() => Read($"HF_ENDPOINT={address}")).Message,
                StringComparison.Ordinal);
        }

        using var home = new TemporaryFolder();
        home.Write("token", "hf_a\nhf_b");
        string message = Assert.Throws<InputException>(() => Read($"HF_HOME={home.Path}")).Message;
        Assert.StartsWith($"{Path.Combine(home.Path, "token")}: found a token with characters", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_", message, StringComparison.Ordinal);
    }

    private static HubSettings Read(string environment)
    {
        var variables = environment.Split(' ').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return HubSettings.Read(variables.GetValueOrDefault);
    }
}

"""deploy/aws.yaml on moto, which imitates Amazon. It wants an older python-dateutil than the app has, so in an environment of
its own, as .ci/run does:

python3 -m venv /tmp/moto && /tmp/moto/bin/pip install pytest 'moto[cloudformation,ec2]==5.2.5'
/tmp/moto/bin/python -m pytest --noconftest tests/test_cloud.py
"""

import base64
from pathlib import Path

import pytest

moto = pytest.importorskip("moto", reason="needs moto, in an environment of its own (.ci/run)")
import boto3  # noqa: E402  (which comes with it)

AWS = (Path(__file__).parent.parent / "deploy" / "aws.yaml").read_text()


@pytest.fixture
def cloud(monkeypatch):
    """A made-up Amazon in this process: its services by name."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made up")
    with moto.mock_aws():
        yield lambda service: boto3.client(service, region_name="eu-central-1")


@pytest.mark.filterwarnings("ignore:Tried to parse AWS::DLM")  # the snapshots, which moto does not know
def test_the_template_makes_one_machine_with_its_address_its_ports_and_its_script(cloud):
    ec2, stacks = cloud("ec2"), cloud("cloudformation")
    given = {
        "HostName": "class.example.org",
        "Repository": "https://git.example.org/live-class-monitor.git",
        "ImageId": ec2.describe_images()["Images"][0]["ImageId"],
        "VpcId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
        "SubnetId": ec2.describe_subnets()["Subnets"][0]["SubnetId"],
    }
    stacks.create_stack(
        StackName="class",
        TemplateBody=AWS,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )
    [stack] = stacks.describe_stacks(StackName="class")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    [machine] = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
    [address] = ec2.describe_addresses()["Addresses"]
    assert address["InstanceId"] == machine["InstanceId"] and machine["InstanceType"] == "c7i.xlarge"
    [group] = ec2.describe_security_groups(
        Filters=[{"Name": "description", "Values": ["https, TURN and pictures"]}],
    )["SecurityGroups"]
    opened = {(rule["IpProtocol"], rule["FromPort"]) for rule in group["IpPermissions"]}
    assert opened == {("tcp", 80), ("tcp", 443), ("tcp", 3478), ("udp", 3478), ("udp", 50000)}
    handed = ec2.describe_instance_attribute(InstanceId=machine["InstanceId"], Attribute="userData")["UserData"]
    script = base64.b64decode(handed["Value"]).decode()
    assert script.startswith("#!/bin/bash\n") and "deploy/settings.sh 'class.example.org'" in script
    assert "git clone --depth 1 'https://git.example.org/live-class-monitor.git'" in script

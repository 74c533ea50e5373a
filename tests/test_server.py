"""The smallest check of the whole: a server answers, to a browser and to a program."""

import requests

INSTALLED = [["name", "=", "crm_relationship"], ["state", "=", "installed"]]


def test_login_page_answers(server):
    page = requests.get(f"{server.url}/web/login", timeout=60)

    assert page.status_code == 200
    assert 'name="login"' in page.text


def test_the_add_on_is_installed(json2):
    count = json2.call("ir.module.module", "search_count", domain=INSTALLED)

    assert count == 1


def test_web_client_loads_without_errors_in_the_console(web_page):
    web_page.open("/odoo/contacts")

    assert web_page.errors == []


def test_a_killed_script_leaves_nothing_behind(database, connect, start_script):
    script = start_script(
        database,
        "env['res.partner'].create({'name': 'Never committed'})\n"
        "print('created', flush=True)\n"
        "import time; time.sleep(60)\n",
    )
    assert script.popen.stdout.readline() == "created\n"

    script.kill()

    with connect(database).cursor() as cursor:
        cursor.execute("SELECT 1 FROM res_partner WHERE name = 'Never committed'")
        assert cursor.fetchall() == []
